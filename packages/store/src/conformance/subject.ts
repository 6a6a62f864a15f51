import type { Tenant } from '@herald/contracts';
import type { Store } from '../port.ts';

/** One store, empty when it is made. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Ends the process's connection as a restart does, and opens the same data again. */
  reopen(): Promise<Store>;
  dispose(): Promise<void>;
}
export type CreateStore = () => Promise<StoreUnderTest>;

/** The store that the cases of one run share: each case has a tenant of its own. */
export type Shared = () => Store;

let tenants = 0;
/** A tenant that nobody else uses. */
export function newTenant(): Tenant {
  tenants += 1;
  return { org: `org-${tenants}`, sandbox: 'prod' };
}

/** Texts that break what quotes, splits, trims, folds or cuts them. None is equal to another in any comparison. */
export const HARD_TEXTS = [
  `it's "quoted"; DROP TABLE profiles; -- \\`,
  'nul\0inside',
  'nul\0another',
  'ünïcödé 🙂 ﷽ ß',
  'half pair \ud83d',
  'half pair \ud83e',
  // What an implementation might make of the above to store it.
  '"half pair \\ud83d"',
  'half pair \ufffd',
  'a/b/1/1/result',
  '%_*?{}[]',
  'x'.repeat(100_000),
] as const;

/** The same items in another order, by a seed. */
export const shuffled = <T>(items: readonly T[], seed: number): T[] =>
  items
    .map((item, place) => ({ item, order: ((place + 1) * (2 * seed + 1) * 7_919) % 10_007 }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);

/** Answers, from many calls at once. */
export const concurrently = <T>(times: number, call: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: times }, (_, index) => call(index)));
