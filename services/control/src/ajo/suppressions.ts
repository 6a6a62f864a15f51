import { hash } from 'node:crypto';
import {
  addressSchemaOf,
  API,
  comparedAddress,
  hashedEntry,
  suppressionKindOf,
  type AjoSuppression,
  type Tenant,
} from '@herald/contracts';
import { invalid, noContent, parseWith, refuse, reply, type ApiBuilder } from '@herald/service-kit';
import type { Suppression } from '@herald/store';
import { z } from 'zod';
import { missing, paged, tenantOf, type ControlDeps } from '../rest.ts';
import { suppressionListOf } from '../suppression-list.ts';

const PATH = '/ajo/config/suppression/addresses';
const allowed = () => refuse('not-supported', { detail: 'there is no list of allowed addresses' });
const emailSchema = z.object({ address: addressSchemaOf('email') });

/** The suppression list in AJO's shapes: its email addresses. What is on it is on it for `/v1/suppressions` too. */
export function routeAjoSuppressions(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime } = deps;

  api.handle(API.ajoListSuppressed, async (call) => {
    const { type, orderby, limit, start } = call.query;
    if (type === 'allowed') return allowed();
    const tenant = tenantOf(call);
    const page = await paged(() => emails(tenant, limit, start));
    if ('problem' in page)
      return { ...page, detail: 'start must be the `next` of an earlier page', context: { field: 'start' } };
    const { items, next } = page.body;
    const self = `${PATH}?limit=${limit}`;
    return reply(200, {
      _page: { orderby, count: items.length, ...(next === undefined ? {} : { next }) },
      items: items.map((one) => entity(tenant, one)),
      _links: {
        self: { href: start === undefined ? self : `${self}&start=${encodeURIComponent(start)}` },
        ...(next === undefined ? {} : { next: { href: `${self}&start=${encodeURIComponent(next)}` } }),
      },
    });
  });

  /** Other channels, and what stands for several addresses, are passed over: so a page may take several of the store's. */
  async function emails(tenant: Tenant, limit: number, start: string | undefined) {
    const items: Suppression[] = [];
    let cursor = start;
    do {
      const page = await store.suppressions.list(tenant, {
        limit: limit - items.length,
        ...(cursor === undefined ? {} : { cursor }),
      });
      items.push(
        ...page.items.filter(
          ({ channel, address }) => channel === 'email' && suppressionKindOf(channel, address) === 'address',
        ),
      );
      cursor = page.next;
    } while (cursor !== undefined && items.length < limit);
    return { items, ...(cursor === undefined ? {} : { next: cursor }) };
  }

  api.handle(API.ajoSuppress, async (call) => {
    if (call.query.type === 'allowed') return allowed();
    const tenant = tenantOf(call);
    const createdAt = new Date(runtime.clock.now()).toISOString();
    const entries: Suppression[] = [];
    for (const [at, { entity: named, comment }] of call.body.entries()) {
      const parsed = parseWith(emailSchema, { address: named.entityValue });
      if (!parsed.ok) return invalid({ field: `[${at}].entity.entityValue`, message: parsed.message });
      entries.push({ channel: 'email', address: parsed.value.address, reason: comment ?? 'manual', createdAt });
    }
    // All of them are looked at before the first is stored.
    const list = suppressionListOf(deps, call);
    for (const one of entries) await list.add(one);
    return reply(
      201,
      entries.map((one) => entity(tenant, one)),
    );
  });

  api.handle(API.ajoGetSuppressed, async (call) => {
    if (call.query.type === 'allowed') return allowed();
    const tenant = tenantOf(call);
    const { address } = call.params;
    const found = await store.suppressions.get(tenant, 'email', address);
    if (found !== undefined) return reply(200, entity(tenant, found));
    // Of an address that bounced, or whose owner was erased, there is only the hash: whoever asks knows the address.
    const hashed = await store.suppressions.get(
      tenant,
      'email',
      hashedEntry(deps.hasher.address(tenant, 'email', address)),
    );
    return hashed === undefined ? missing('suppression') : reply(200, entity(tenant, { ...hashed, address }));
  });

  api.handle(API.ajoRelease, async (call) => {
    if (call.query.type === 'allowed') return allowed();
    const removed = await suppressionListOf(deps, call).remove('email', call.params.address);
    return removed ? noContent : missing('suppression');
  });
}

function entity(tenant: Tenant, { address, reason, createdAt }: Suppression): AjoSuppression {
  const at = Date.parse(createdAt);
  const isBounce = reason.includes('bounce') || reason === 'hard';
  const type = reason.startsWith('soft') ? 'SOFT' : isBounce ? 'HARD' : 'MANUAL';
  return {
    id: uuidOf(tenant, comparedAddress('email', address)),
    entity: { type: 'email', entityValue: address },
    suppressed: { type, user: '', comment: reason, date: at },
    creationDate: at,
    lastModifiedDate: at,
    status: 'active',
    listType: 'client',
    client: { imsOrgId: tenant.org, sandboxId: tenant.sandbox },
  };
}

/** The same for the same address of a tenant, always. */
function uuidOf({ org, sandbox }: Tenant, address: string): string {
  const hex = hash('sha256', JSON.stringify([org, sandbox, address]), 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
