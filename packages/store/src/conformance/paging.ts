import { expect } from '@jest/globals';
import type { Page, PageRequest } from '../port.ts';

type List<T> = (request: PageRequest) => Promise<Page<T>>;

/** Every item, page by page. `between` runs after each page. */
export async function readAll<T>(list: List<T>, limit: number, between?: () => Promise<void>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ limit, ...(cursor === undefined ? {} : { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.next;
    await between?.();
  } while (cursor !== undefined);
  return items;
}

const NOT_CURSORS = ['', 'x', 'null', '-', '0', 'MA', 'MQ==', 'LTE', 'MWUz', 'MS41', ' ', 'a'.repeat(10_000), '\0'];

/**
 * What every listing promises. There are `ids.length` things, whose ids are given in the order of the listing; `add`
 * makes another one.
 */
export async function expectPaging<T>(options: {
  readonly list: List<T>;
  readonly idOf: (item: T) => string;
  readonly ids: readonly string[];
  readonly add: (n: number) => Promise<string>;
}): Promise<void> {
  const { list, idOf, ids, add } = options;
  for (const limit of [1, 2, ids.length - 1, ids.length, ids.length + 1]) {
    expect((await readAll(list, limit)).map(idOf)).toEqual(ids);
  }
  expect((await list({ limit: ids.length })).next).toBeUndefined();
  for (const cursor of NOT_CURSORS) await expect(list({ limit: 2, cursor })).rejects.toThrow(new RangeError('cursor'));
  for (const limit of [0, -1, 1.5, Number.NaN]) await expect(list({ limit })).rejects.toThrow(new RangeError('limit'));
  const added: string[] = [];
  const during = await readAll(list, 2, async () => {
    if (added.length < 3) added.push(await add(added.length));
  });
  expect(during.map(idOf).filter((id) => !added.includes(id))).toEqual(ids);
  expect((await readAll(list, 100)).map(idOf).toSorted()).toEqual([...ids, ...added].toSorted());
}
