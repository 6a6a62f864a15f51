import { API, type Key, type KeyInput, type Tenant } from '@herald/contracts';
import { hashKey, invalid, newKey, reply, type ApiBuilder, type Call } from '@herald/service-kit';
import type { Store } from '@herald/store';
import { audited } from './audit.ts';
import { missing, paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';

export function routeKeys(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, log } = deps;
  const now = (): string => new Date(runtime.clock.now()).toISOString();

  /** A key of that sandbox, made now. */
  const recordOf = (tenant: Tenant, { name, scopes, expiresAt, rateLimit }: Omit<KeyInput, keyof Tenant>): Key => ({
    ...tenant,
    id: runtime.newId(),
    name,
    scopes: [...new Set(scopes)],
    createdAt: now(),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
  });

  api.handle(API.createKey, async (call) => {
    const record = recordOf(administered(call, call.body), call.body);
    const key = newKey();
    const change = {
      action: 'create',
      objectType: 'key',
      objectId: record.id,
      fields: Object.keys(record).toSorted(),
    } as const;
    await audited(deps, call, change, record).keys.insert({ ...record, hash: hashKey(key) });
    log.info({ keyId: record.id }, 'key created');
    return shownOnce(record, key);
  });

  api.handle(API.rotateKey, async (call) => {
    const tenant = administered(call, call.query);
    const { overlapSeconds, expiresAt } = call.body;
    const old = await findKey(store, tenant, call.params.id);
    if (old === undefined) return missing('key');
    // Which end the new one should have cannot be guessed: the old one's may be that of an earlier rotation.
    if (old.expiresAt !== undefined && expiresAt === undefined) {
      return invalid({ field: 'expiresAt', message: 'is required: the key has an end date, and null takes it away' });
    }
    const { name, scopes, rateLimit } = old;
    const record = recordOf(tenant, { name, scopes, rateLimit, expiresAt: expiresAt ?? undefined });
    const key = newKey();
    const ends = new Date(runtime.clock.now() + overlapSeconds * 1_000).toISOString();
    const change = { action: 'rotate', objectType: 'key', objectId: old.id, fields: ['expiresAt'] } as const;
    const written = await audited(deps, call, change, tenant).keys.rotate(
      tenant,
      old.id,
      { ...record, hash: hashKey(key) },
      ends,
    );
    if (written === 'missing') return missing('key');
    log.info({ keyId: old.id, nextKeyId: record.id }, 'key rotated');
    return shownOnce(record, key);
  });

  api.handle(API.listKeys, (call) => paged(() => store.keys.list(administered(call, call.query), pageOf(call.query))));

  api.handle(API.revokeKey, async (call) => {
    const tenant = administered(call, call.query);
    const { id } = call.params;
    const change = { action: 'revoke', objectType: 'key', objectId: id, fields: ['revokedAt'] } as const;
    const revoked = await audited(deps, call, change, tenant).keys.revoke(tenant, id, now());
    if (revoked === undefined) return missing('key');
    log.info({ keyId: revoked.id }, 'key revoked');
    return reply(200, revoked);
  });
}

/** The only time that the key is seen: it is stored nowhere. */
const shownOnce = (record: Key, key: string) => reply(201, { ...record, key }, { 'Cache-Control': 'no-store' });

const LOOK_THROUGH = 100;

/** A key that is not revoked. A sandbox has few keys. */
async function findKey(store: Store, tenant: Tenant, id: string): Promise<Key | undefined> {
  let cursor: string | undefined;
  do {
    const page = await store.keys.list(tenant, { limit: LOOK_THROUGH, ...(cursor === undefined ? {} : { cursor }) });
    const found = page.items.find((key) => key.id === id);
    if (found !== undefined) return found.revokedAt === undefined ? found : undefined;
    cursor = page.next;
  } while (cursor !== undefined);
  return undefined;
}

/** The sandbox whose keys are meant: the one that is named, or the caller's own. */
function administered(
  call: Pick<Call, 'caller'>,
  { org, sandbox }: { readonly org?: string | undefined; readonly sandbox?: string | undefined },
): Tenant {
  const own = tenantOf(call);
  return { org: org ?? own.org, sandbox: sandbox ?? own.sandbox };
}
