import type { Tenant } from '@herald/contracts';
import type { ContentItemRepository, ContentItems, ContentKind } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import type { ContentItemWrite } from './operations/content-items.ts';
import { newestFirst, toPage } from './paging.ts';

export function createContentItems(call: Call): ContentItemRepository {
  return {
    insert: (tenant, kind, item) => call('contentItemsInsert', toWrite(tenant, kind, item)),
    get: async <K extends ContentKind>({ org, sandbox }: Tenant, kind: K, id: string) => {
      const row = await call('contentItemsGet', [org, sandbox, kind, id]);
      return row && fromJson<ContentItems[K]>(row[0]);
    },
    named: async <K extends ContentKind>({ org, sandbox }: Tenant, kind: K, name: string) => {
      const rows = await call('contentItemsNamed', [org, sandbox, kind, nameKey(name)]);
      return rows.map(([body]) => fromJson<ContentItems[K]>(body));
    },
    list: async ({ org, sandbox }, kind, request) => {
      const slice = newestFirst(request);
      const rows = await call('contentItemsList', [org, sandbox, kind, slice.from, slice.limit]);
      return toPage(rows, slice, ([, body]) => fromJson<ContentItems[typeof kind]>(body));
    },
    replace: async (tenant, kind, item) => {
      const written = await call('contentItemsReplace', toWrite(tenant, kind, item));
      return written === 'written' ? { kind: written, value: item } : { kind: written };
    },
    remove: ({ org, sandbox }, kind, id) => call('contentItemsRemove', [org, sandbox, kind, id]),
  };
}

/** SQLite takes all half surrogate pairs for the same; in JSON they are well formed, and apart. */
const nameKey = (name: string): string => JSON.stringify(name);

const toWrite = <K extends ContentKind>(
  { org, sandbox }: Tenant,
  kind: K,
  item: ContentItems[K],
): ContentItemWrite => ({
  key: [org, sandbox, kind, item.id],
  name: nameKey(item.name),
  revision: item.revision,
  body: JSON.stringify(item),
});
