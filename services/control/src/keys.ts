import { keyInputSchema, tenantSchema, type Key, type Tenant } from '@herald/contracts';
import { hashKey, newKey } from '@herald/service-kit';
import type { Response, Router } from 'express';
import type { z } from 'zod';
import {
  accepted,
  pageOf,
  pageQuery,
  param,
  sendMissing,
  sendPage,
  tenantOf,
  type ControlDeps,
  type Guards,
} from './rest.ts';

/** Whoever has the scope `keys` administers the keys of every sandbox; without these it is the key's own. */
const whose = tenantSchema.partial().strict();
const listQuery = pageQuery.extend(whose.shape);

export function routeKeys(router: Router, { store, runtime, log }: ControlDeps, guards: Guards): void {
  const now = (): string => new Date(runtime.clock.now()).toISOString();

  router.post('/v1/keys', ...guards.keysWithBody, async (request, response) => {
    const input = accepted(response, keyInputSchema, request.body);
    if (input === undefined) return;
    const { name, scopes, expiresAt } = input;
    const record: Key = {
      ...tenant(response, input),
      id: runtime.newId(),
      name,
      scopes: [...new Set(scopes)],
      createdAt: now(),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const key = newKey();
    await store.keys.insert({ ...record, hash: hashKey(key) });
    log.info({ keyId: record.id }, 'key created');
    // The only time that the key is seen: it is stored nowhere.
    response
      .status(201)
      .setHeader('Cache-Control', 'no-store')
      .json({ ...record, key });
  });

  router.get('/v1/keys', ...guards.keys, async (request, response) => {
    const query = accepted(response, listQuery, request.query);
    if (query !== undefined) await sendPage(response, () => store.keys.list(tenant(response, query), pageOf(query)));
  });

  router.delete('/v1/keys/:id', ...guards.keys, async (request, response) => {
    const query = accepted(response, whose, request.query);
    if (query === undefined) return;
    const revoked = await store.keys.revoke(tenant(response, query), param(request, 'id'), now());
    if (revoked === undefined) {
      sendMissing(response, 'key');
      return;
    }
    log.info({ keyId: revoked.id }, 'key revoked');
    response.json(revoked);
  });
}

function tenant(response: Response, { org, sandbox }: z.output<typeof whose>): Tenant {
  const own = tenantOf(response);
  return { org: org ?? own.org, sandbox: sandbox ?? own.sandbox };
}
