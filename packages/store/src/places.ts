import { executionIdOf, messageIdOf, recipientIndexOf } from '@herald/contracts';
import type { Page, PageRequest } from './port.ts';
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
}: PageRequest & { readonly from?: number; readonly to?: number }): PlaceSlice {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError('limit');
  const high = to === undefined ? NEWEST : idsBefore(to).to;
  const after = cursor === undefined ? NEWEST : decode(cursor);
  return { low: from === undefined ? '' : idsBefore(from).to, high: after < high ? after : high, limit: limit + 1 };
}

/** Behind every place: a letter that no id has. */
const NEWEST = '~';

/** A page of places that were read in descending order; the same one several times counts once. */
export function toPlacePage(places: readonly string[], { limit }: PlaceSlice): Page<string> {
  const distinct = [...new Set(places)];
  const shown = distinct.slice(0, limit - 1);
  const items = shown.map(messageAt);
  const last = shown.at(-1);
  return places.length < limit || last === undefined ? { items } : { items, next: encode(last) };
}

const PLACE = /^[A-Z]{4}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.\d{4}$/;

const encode = (place: string): string => Buffer.from(place).toString('base64url');

function decode(cursor: string): string {
  const place = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!PLACE.test(place) || encode(place) !== cursor) throw new RangeError('cursor');
  return place;
}
