import { isDeepStrictEqual } from 'node:util';
import { API, type AuditEntry, type Runtime, type Tenant } from '@herald/contracts';
import type { ApiBuilder, Call } from '@herald/service-kit';
import type { Store } from '@herald/store';
import { paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';

export function routeAudit(api: ApiBuilder, { store }: ControlDeps): void {
  api.handle(API.listAudit, (call) => {
    const { objectType, objectId } = call.query;
    const ofType = objectType === undefined ? {} : { objectType };
    const ofObject = objectId === undefined ? {} : { objectId };
    return paged(() => store.audit.list(tenantOf(call), { ...pageOf(call.query), ...ofType, ...ofObject }));
  });
}

type Change = Pick<AuditEntry, 'action' | 'objectType' | 'objectId'> &
  Partial<Pick<AuditEntry, 'version'>> & { readonly fields?: readonly string[] };

/** The repositories for one change, which is recorded with it: who makes it, when, and of which fields. */
export function audited(
  { store, runtime }: { readonly store: Store; readonly runtime: Runtime },
  call: Pick<Call, 'caller'>,
  change: Change,
  tenant: Tenant = tenantOf(call),
): ReturnType<Store['audited']> {
  return store.audited(tenant, entryOf(runtime, call, change));
}

/** Writes down what is about to be done and is no change of one thing: an erasure, an import. */
export const record = (
  { store, runtime }: { readonly store: Store; readonly runtime: Runtime },
  call: Pick<Call, 'caller'>,
  change: Change,
): Promise<void> => store.audit.append(tenantOf(call), entryOf(runtime, call, change));

const entryOf = (runtime: Runtime, { caller }: Pick<Call, 'caller'>, change: Change): AuditEntry => ({
  id: runtime.newId(),
  at: new Date(runtime.clock.now()).toISOString(),
  keyId: caller.keyId,
  ...change,
  fields: [...(change.fields ?? [])],
});

/** The names of what is not the same in both; of `content` also the names in it. */
export function changedFields(before: object, after: object): string[] {
  const [old, now] = [Object.entries(before), Object.entries(after)].map(
    (entries) => new Map<string, unknown>(entries),
  );
  const names = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
  return [...names]
    .filter((name) => !isDeepStrictEqual(old?.get(name), now?.get(name)))
    .flatMap((name) => {
      const [one, other] = [old?.get(name), now?.get(name)];
      if (name !== 'content' || !isObject(one) || !isObject(other)) return [name];
      return changedFields(one, other).map((inner) => `content.${inner}`);
    })
    .toSorted();
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
