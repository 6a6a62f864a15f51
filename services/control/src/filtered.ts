import type { Page, PageRequest } from '@herald/store';

const READ = 50;

/**
 * A page of the items that pass a filter which the store does not know. `list` reads all of them; what it lists is
 * configuration, so there are not many. The cursor is one of the store's own.
 */
export async function filtered<T, V>(
  list: (page: PageRequest) => Promise<Page<T>>,
  { limit, cursor }: PageRequest,
  pick: (item: T) => Promise<V | undefined>,
): Promise<Page<V>> {
  const items: V[] = [];
  let from = cursor;
  for (;;) {
    const here = from === undefined ? {} : { cursor: from };
    const page = await list({ ...here, limit: READ });
    for (const [index, item] of page.items.entries()) {
      const picked = await pick(item);
      if (picked === undefined) continue;
      items.push(picked);
      if (items.length < limit) continue;
      const last = index === page.items.length - 1;
      const next = last ? page.next : (await list({ ...here, limit: index + 1 })).next;
      return next === undefined ? { items } : { items, next };
    }
    if (page.next === undefined) return { items };
    from = page.next;
  }
}
