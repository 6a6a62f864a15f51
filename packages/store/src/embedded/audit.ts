import type { AuditEntry, Tenant } from '@herald/contracts';
import type { AuditRepository } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import { storable } from './compared.ts';
import type { AuditRow } from './operations/audit.ts';
import { newestFirst, toPage } from './paging.ts';

export function createAudit(call: Call): AuditRepository {
  return {
    append: (tenant, entry) => call('auditAppend', toRow(tenant, entry)),
    list: async ({ org, sandbox }, { objectType, objectId, ...request }) => {
      const slice = newestFirst(request);
      const id = objectId === undefined ? null : storable(objectId);
      const rows = await call('auditList', [org, sandbox, objectType ?? null, id, slice.from, slice.limit]);
      return toPage(rows, slice, ([, body]) => fromJson<AuditEntry>(body));
    },
  };
}

/** Carries out operations with the entry beside what they write. */
export function auditing(call: Call, tenant: Tenant, entry: AuditEntry): Call {
  const row = toRow(tenant, entry);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `name` decides what the thread answers
  return async (name, ...args) => (await call('audited', { name, args: args[0], row })) as never;
}

const toRow = ({ org, sandbox }: Tenant, entry: AuditEntry): AuditRow => ({
  org,
  sandbox,
  objectType: entry.objectType,
  objectId: storable(entry.objectId),
  body: JSON.stringify(entry),
});
