import { auditObjectSchema, type AuditEntry, type Tenant } from '@herald/contracts';
import { fromJson } from '../json.ts';
import type { AuditRepository } from '../port.ts';
import { idOf } from './ids.ts';
import { insertOnce } from './insert-once.ts';
import type { AuditDocument, Models } from './models.ts';
import { BY_TENANT, newestFirst, readSlice, toPage } from './paging.ts';
import type { Revision } from './revision.ts';

export function createAudit({ audit }: Models, newId: () => string): AuditRepository {
  return {
    append: async (tenant, entry) => {
      await insertOnce(audit, [toDocument(tenant, entry, newId())]);
    },
    list: async (tenant, { objectType, objectId, ...request }) => {
      const slice = newestFirst('place', request);
      const [filter, index] =
        objectId !== undefined
          ? [{ object: { $in: objectsOf(tenant, objectId, objectType) } }, { object: 1, place: 1 } as const]
          : objectType === undefined
            ? [{ tenant: idOf(tenant) }, BY_TENANT]
            : [{ type: idOf(tenant, objectType) }, { type: 1, place: 1 } as const];
      const found = await readSlice(audit, filter, slice, index);
      return toPage(found, slice, ({ body }) => fromJson<AuditEntry>(body));
    },
  };
}

/**
 * The entry is written before the change, and taken away again when nothing was changed: a crash in between leaves an
 * entry of a change that may not have been made, and never a change without its entry.
 */
export function auditing(
  { audit }: Models,
  newId: () => string,
  tenant: Tenant,
  entry: AuditEntry,
): {
  readonly around: (revision: Revision) => Revision;
  /** For what does not count as configuration; false: nothing was changed. */
  readonly write: <T>(change: () => Promise<T>) => Promise<T>;
} {
  const during = async <T>(change: () => Promise<T>, changed: (answer: T) => boolean): Promise<T> => {
    const document = toDocument(tenant, entry, newId());
    await insertOnce(audit, [document]);
    const answer = await change();
    if (!changed(answer)) await audit.deleteOne({ _id: document._id });
    return answer;
  };
  return {
    around: (revision) => ({
      read: () => revision.read(),
      change: (write, changed) => during(() => revision.change(write, changed), changed),
    }),
    write: (change) => during(change, (answer) => answer !== false),
  };
}

/** An id alone may be that of a thing of any type: the database merges what it finds of each, in order. */
const objectsOf = (tenant: Tenant, objectId: string, objectType?: AuditEntry['objectType']): string[] =>
  (objectType === undefined ? auditObjectSchema.options : [objectType]).map((type) => idOf(tenant, type, objectId));

const toDocument = (tenant: Tenant, entry: AuditEntry, place: string): AuditDocument => ({
  _id: idOf(tenant, place),
  tenant: idOf(tenant),
  place,
  type: idOf(tenant, entry.objectType),
  object: idOf(tenant, entry.objectType, entry.objectId),
  body: JSON.stringify(entry),
});
