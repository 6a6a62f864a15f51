import type { Model } from 'mongoose';
import type { Page, PageRequest } from '../port.ts';
import type { Unique } from './insert-once.ts';

/** One page of a listing by `field`, whose values ascend in the order of insertion. */
export interface Slice<Field extends string> {
  /** To be joined with the filter: what lies behind the cursor. */
  readonly where: { readonly [F in Field]?: { readonly $lt: string } | { readonly $gt: string } };
  readonly sort: { readonly [F in Field]: 1 | -1 };
  /** One more than the page holds says whether there is another. */
  readonly limit: number;
}

export const newestFirst = <Field extends string>(field: Field, request: PageRequest): Slice<Field> =>
  slice(field, -1, request);
export const oldestFirst = <Field extends string>(field: Field, request: PageRequest): Slice<Field> =>
  slice(field, 1, request);

function slice<Field extends string>(field: Field, direction: 1 | -1, { cursor, limit }: PageRequest): Slice<Field> {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError('limit');
  const from = cursor === undefined ? undefined : decode(cursor);
  const where = from === undefined ? {} : { [field]: direction === 1 ? { $gt: from } : { $lt: from } };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the only field there is
  return { where, sort: { [field]: direction }, limit: limit + 1 } as Slice<Field>;
}

/** The documents of a slice, among those that match a filter; `index` is the one that has both. */
export const readSlice = <D extends Unique, Field extends string>(
  model: Model<D>,
  filter: Readonly<Record<string, unknown>>,
  { where, sort, limit }: Slice<Field>,
  index: Readonly<Record<string, 1>>,
): Promise<D[]> =>
  model
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- fields of `D`, which its callers name
    .find({ ...filter, ...where } as never, null, { sort, limit, hint: index })
    .lean<D[]>();

/** The page of the documents that were asked for with a slice. */
export function toPage<Field extends string, D extends { readonly [F in Field]: string }, T>(
  documents: readonly D[],
  { sort, limit }: Slice<Field>,
  read: (document: D) => T,
): Page<T> {
  const shown = documents.slice(0, limit - 1);
  const items = shown.map(read);
  const last = shown.at(-1);
  if (documents.length < limit || last === undefined) return { items };
  const [field] = Object.keys(sort) as [Field];
  return { items, next: encode(last[field]) };
}

/** The ids that `newId` makes, and those of executions. */
const PLACE = /^(?:[A-Z]{4}-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The index of what a tenant lists. */
export const BY_TENANT = { tenant: 1, place: 1 } as const;

const encode = (place: string): string => Buffer.from(place).toString('base64url');

function decode(cursor: string): string {
  const place = Buffer.from(cursor, 'base64url').toString('latin1');
  // Only what `encode` writes: there are other spellings of the same place, and none of them came from here.
  if (!PLACE.test(place) || encode(place) !== cursor) throw new RangeError('cursor');
  return place;
}
