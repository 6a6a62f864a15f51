import { API, type Key, type Tenant } from '@herald/contracts';
import { hashKey, newKey, reply, type ApiBuilder, type Call } from '@herald/service-kit';
import { missing, paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';

export function routeKeys(api: ApiBuilder, { store, runtime, log }: ControlDeps): void {
  const now = (): string => new Date(runtime.clock.now()).toISOString();

  api.handle(API.createKey, async (call) => {
    const { name, scopes, expiresAt, rateLimit } = call.body;
    const record: Key = {
      ...administered(call, call.body),
      id: runtime.newId(),
      name,
      scopes: [...new Set(scopes)],
      createdAt: now(),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(rateLimit === undefined ? {} : { rateLimit }),
    };
    const key = newKey();
    await store.keys.insert({ ...record, hash: hashKey(key) });
    log.info({ keyId: record.id }, 'key created');
    // The only time that the key is seen: it is stored nowhere.
    return reply(201, { ...record, key }, { 'Cache-Control': 'no-store' });
  });

  api.handle(API.listKeys, (call) => paged(() => store.keys.list(administered(call, call.query), pageOf(call.query))));

  api.handle(API.revokeKey, async (call) => {
    const revoked = await store.keys.revoke(administered(call, call.query), call.params.id, now());
    if (revoked === undefined) return missing('key');
    log.info({ keyId: revoked.id }, 'key revoked');
    return reply(200, revoked);
  });
}

/** The sandbox whose keys are meant: the one that is named, or the caller's own. */
function administered(
  call: Pick<Call, 'caller'>,
  { org, sandbox }: { readonly org?: string | undefined; readonly sandbox?: string | undefined },
): Tenant {
  const own = tenantOf(call);
  return { org: org ?? own.org, sandbox: sandbox ?? own.sandbox };
}
