import { executionIdOf, messageIdOf, recipientIndexOf } from '@herald/contracts';
import type { EndingEntry, Page, PageRequest } from './port.ts';
import { idsBefore } from './retention.ts';

/**
 * A message's place in listings: descending, the newest execution comes first and each call's messages in its order. A
 * call has fewer than 10,000 recipients.
 */
export const placeOf = (messageId: string): string =>
  `${executionIdOf(messageId)}.${String(LAST - recipientIndexOf(messageId)).padStart(4, '0')}`;

export const messageAt = (place: string): string =>
  messageIdOf(executionIdOf(place), LAST - Number(place.slice(place.lastIndexOf('.') + 1)));

const LAST = 9_999;

/** The places of a page: from `low` on, below `high`. `limit`: one more than the page holds. */
export interface PlaceSlice {
  readonly low: string;
  readonly high: string;
  readonly limit: number;
}

export function placeSlice({
  cursor,
  limit,
  from,
  to,
  first = '',
  before = NEWEST,
}: PageRequest & {
  readonly from?: number;
  readonly to?: number;
  /** Ids of executions: from this one on, and before that one. */
  readonly first?: string;
  readonly before?: string;
}): PlaceSlice {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError('limit');
  const after = cursor === undefined ? NEWEST : decode(cursor);
  const highs = [to === undefined ? NEWEST : idsBefore(to).to, before, after].toSorted();
  const lows = [from === undefined ? '' : idsBefore(from).to, first].toSorted();
  return { low: lows.at(-1) ?? '', high: highs[0] ?? NEWEST, limit: limit + 1 };
}

/** Behind every place: a letter that no id has. */
const NEWEST = '~';

/** A page of places that were read in descending order; the same one several times counts once. */
export function toPlacePage(places: readonly string[], slice: PlaceSlice): Page<string> {
  const { shown, next } = shownOf(places, slice);
  const items = shown.map(messageAt);
  return next === undefined ? { items } : { items, next };
}

/** The places that a page shows, of those that were read in descending order. */
export function shownOf(
  places: readonly string[],
  { limit }: PlaceSlice,
): { readonly shown: readonly string[]; readonly next?: string } {
  const shown = [...new Set(places)].slice(0, limit - 1);
  const last = shown.at(-1);
  return places.length < limit || last === undefined ? { shown } : { shown, next: encode(last) };
}

/** The page of entries that were read of the places that it shows. */
export function toEntryPage(
  entries: readonly (Omit<EndingEntry, 'messageId'> & { readonly place: string })[],
  next: string | undefined,
): Page<EndingEntry> {
  const items = entries
    .toSorted((a, b) => (a.place === b.place ? a.round - b.round : a.place < b.place ? 1 : -1))
    .map(({ place, round, state, reason }) => ({ messageId: messageAt(place), round, state, reason }));
  return next === undefined ? { items } : { items, next };
}

const PLACE = /^[A-Z]{4}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.\d{4}$/;

const encode = (place: string): string => Buffer.from(place).toString('base64url');

function decode(cursor: string): string {
  const place = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!PLACE.test(place) || encode(place) !== cursor) throw new RangeError('cursor');
  return place;
}
