import type { Page, PageRequest } from '../port.ts';

/** A row of a listing; `seq` is its place. */
type Row = readonly [seq: number, ...columns: unknown[]];

const NEWEST = Number.MAX_SAFE_INTEGER;
const OLDEST = 0;

/** Where a page begins, and how many rows to ask for: one more than the page holds says whether there is another. */
export interface Slice {
  readonly from: number;
  readonly limit: number;
}
export const newestFirst = (request: PageRequest): Slice => slice(request, NEWEST);
export const oldestFirst = (request: PageRequest): Slice => slice(request, OLDEST);

function slice({ cursor, limit }: PageRequest, start: number): Slice {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError('limit');
  return { from: cursor === undefined ? start : decode(cursor), limit: limit + 1 };
}

/** The page of the rows that were asked for with `slice`. */
export function toPage<R extends Row, T>(rows: readonly R[], { limit }: Slice, read: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit - 1);
  const items = shown.map(read);
  const last = shown.at(-1);
  return rows.length < limit || last === undefined ? { items } : { items, next: encode(last[0]) };
}

const encode = (seq: number): string => Buffer.from(String(seq)).toString('base64url');

function decode(cursor: string): number {
  const seq = Number(Buffer.from(cursor, 'base64url').toString('latin1'));
  // Only what `encode` writes: there are other spellings of the same number, and none of them came from here.
  if (!Number.isSafeInteger(seq) || seq < 1 || encode(seq) !== cursor) throw new RangeError('cursor');
  return seq;
}
