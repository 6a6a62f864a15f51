import type { Tenant } from '@herald/contracts';
import { fromJson } from '../json.ts';
import type { ContentItemRepository, ContentItems, ContentKind } from '../port.ts';
import { idOf } from './ids.ts';
import { insertOnce } from './insert-once.ts';
import type { ContentItemDocument, Models } from './models.ts';
import { BY_TENANT, newestFirst, readSlice, toPage } from './paging.ts';

export function createContentItems({ contentItems }: Models, newId: () => string): ContentItemRepository {
  const changing = <K extends ContentKind>(tenant: Tenant, kind: K, item: ContentItems[K]) => ({
    revision: item.revision,
    named: idOf(tenant, kind, item.name),
    body: JSON.stringify(item),
  });
  return {
    insert: async (tenant, kind, item) => {
      const document = {
        _id: idOf(tenant, kind, item.id),
        tenant: idOf(tenant, kind),
        place: newId(),
        ...changing(tenant, kind, item),
      };
      const [inserted] = await insertOnce(contentItems, [document]);
      if (!inserted) throw new Error('the id belongs to another item');
    },
    get: async <K extends ContentKind>(tenant: Tenant, kind: K, id: string) => {
      const found = await contentItems.findById(idOf(tenant, kind, id)).lean<ContentItemDocument>();
      return found === null ? undefined : fromJson<ContentItems[K]>(found.body);
    },
    named: async <K extends ContentKind>(tenant: Tenant, kind: K, name: string) => {
      const found = await contentItems
        .find({ named: idOf(tenant, kind, name) }, null, { sort: { place: 1 }, limit: 2, hint: BY_NAME })
        .lean<ContentItemDocument[]>();
      return found.map(({ body }) => fromJson<ContentItems[K]>(body));
    },
    list: async <K extends ContentKind>(tenant: Tenant, kind: K, request: Parameters<typeof newestFirst>[1]) => {
      const slice = newestFirst('place', request);
      const found = await readSlice(contentItems, { tenant: idOf(tenant, kind) }, slice, BY_TENANT);
      return toPage(found, slice, ({ body }) => fromJson<ContentItems[K]>(body));
    },
    replace: async (tenant, kind, item) => {
      const _id = idOf(tenant, kind, item.id);
      const written = await contentItems.findOneAndUpdate(
        { _id, revision: item.revision - 1 },
        { $set: changing(tenant, kind, item) },
        { projection: { _id: 1 } },
      );
      if (written !== null) return { kind: 'written', value: item };
      return { kind: (await contentItems.exists({ _id })) === null ? 'missing' : 'conflict' };
    },
    remove: async (tenant, kind, id) => (await contentItems.findByIdAndDelete(idOf(tenant, kind, id)).lean()) !== null,
  };
}

const BY_NAME = { named: 1, place: 1 } as const;
