import { hash } from 'node:crypto';
import {
  addressSchemaOf,
  API,
  comparedAddress,
  hashedEntry,
  readSuppressed,
  type AjoSuppression,
  type Tenant,
} from '@herald/contracts';
import { invalid, noContent, refuse, reply, type ApiBuilder, type Call } from '@herald/service-kit';
import type { Suppression } from '@herald/store';
import { missing, tenantOf, type ControlDeps } from '../rest.ts';
import { suppressionListOf } from '../suppression-list.ts';
import { ajoPage } from './listing.ts';

const PATH = '/ajo/config/suppression';
const allowed = () => refuse('not-supported', { detail: 'there is no list of allowed addresses' });

type EntityType = AjoSuppression['entity']['type'];
export type Read = { readonly ok: true; readonly entry: string } | { readonly ok: false; readonly message: string };

/** The entry of the list that AJO means by a value; it writes a domain without `@`. */
export function entryOf(type: EntityType, value: string): Read {
  if (type === 'domain') {
    const read = readSuppressed('email', `@${value.trim()}`);
    return read.ok ? read : { ok: false, message: 'must be a domain, for example example.com' };
  }
  const parsed = addressSchemaOf('email').safeParse(value.trim());
  return parsed.success
    ? { ok: true, entry: parsed.data }
    : { ok: false, message: 'must be an email address in ASCII, for example ada@example.com' };
}

/** The suppression list in AJO's shapes: its email addresses and domains. It is the list of `/v1/suppressions`. */
export function routeAjoSuppressions(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime } = deps;
  type Query = Call<typeof API.ajoListSuppressed>['query'];

  const list = (type: EntityType, path: string) => async (call: Pick<Call, 'caller'> & { readonly query: Query }) => {
    const { type: listType, ...query } = call.query;
    if (listType === 'allowed') return allowed();
    const tenant = tenantOf(call);
    const of = { channel: 'email', kind: type === 'domain' ? 'domain' : 'address' } as const;
    return ajoPage(
      `${PATH}/${path}`,
      query,
      (page) => store.suppressions.list(tenant, { ...page, of }),
      (one) => entity(tenant, type, one),
    );
  };
  api.handle(API.ajoListSuppressed, list('email', 'addresses'));
  api.handle(API.ajoListSuppressedDomains, list('domain', 'domains'));

  interface Added {
    readonly entity: { readonly type: EntityType; readonly entityValue: string };
    readonly comment?: string | undefined;
  }
  async function add(call: Pick<Call, 'caller'>, listType: Query['type'], added: readonly Added[]) {
    if (listType === 'allowed') return allowed();
    const tenant = tenantOf(call);
    const createdAt = new Date(runtime.clock.now()).toISOString();
    const entries: [EntityType, Suppression][] = [];
    for (const [at, { entity: named, comment }] of added.entries()) {
      const read = entryOf(named.type, named.entityValue);
      if (!read.ok) return invalid({ field: `[${at}].entity.entityValue`, message: read.message });
      // An empty comment is none.
      const reason = comment === undefined || comment === '' ? 'manual' : comment;
      entries.push([named.type, { channel: 'email', address: read.entry, reason, createdAt }]);
    }
    // All of them are looked at before the first is stored.
    const suppressions = suppressionListOf(deps, call);
    for (const [, one] of entries) await suppressions.add(one);
    return reply(
      201,
      entries.map(([type, one]) => entity(tenant, type, one)),
    );
  }
  api.handle(API.ajoSuppress, (call) => add(call, call.query.type, call.body));
  api.handle(API.ajoSuppressDomains, (call) => add(call, call.query.type, call.body));

  async function get(call: Pick<Call, 'caller'>, listType: Query['type'], type: EntityType, value: string) {
    if (listType === 'allowed') return allowed();
    const tenant = tenantOf(call);
    const found = await store.suppressions.get(tenant, 'email', type === 'domain' ? `@${value}` : value);
    if (found !== undefined) return reply(200, entity(tenant, type, found));
    if (type === 'domain') return missing('suppression');
    // Of an address that bounced, or whose owner was erased, there is only the hash: whoever asks knows the address.
    const hash = hashedEntry(deps.hasher.address(tenant, 'email', value));
    const hashed = await store.suppressions.get(tenant, 'email', hash);
    return hashed === undefined
      ? missing('suppression')
      : reply(200, entity(tenant, type, { ...hashed, address: value }));
  }
  api.handle(API.ajoGetSuppressed, (call) => get(call, call.query.type, 'email', call.params.address));
  api.handle(API.ajoGetSuppressedDomain, (call) => get(call, call.query.type, 'domain', call.params.domain));

  async function release(call: Pick<Call, 'caller'>, listType: Query['type'], entry: string) {
    if (listType === 'allowed') return allowed();
    return (await suppressionListOf(deps, call).remove('email', entry)) ? noContent : missing('suppression');
  }
  api.handle(API.ajoRelease, (call) => release(call, call.query.type, call.params.address));
  api.handle(API.ajoReleaseDomain, (call) => release(call, call.query.type, `@${call.params.domain}`));
}

function entity(tenant: Tenant, type: EntityType, { address, reason, source, createdAt }: Suppression): AjoSuppression {
  const at = Date.parse(createdAt);
  const suppressed = source !== 'bounce' ? 'MANUAL' : reason === 'soft-bounces' ? 'SOFT' : 'HARD';
  return {
    id: uuidOf(tenant, comparedAddress('email', address)),
    entity: { type, entityValue: type === 'domain' ? address.slice(1) : address },
    suppressed: { type: suppressed, user: '', comment: reason, date: at },
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
