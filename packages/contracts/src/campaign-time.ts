import { z } from 'zod';
import { shownAs } from './shown-as.ts';

/** A name of the IANA time zone database, as this installation knows it. */
export const timeZoneSchema = z
  .string()
  .max(60)
  .refine(isTimeZone, 'must be a time zone of the IANA database, for example Europe/Copenhagen')
  .describe('The IANA time zone that dates without an offset are in.');

function isTimeZone(name: string): boolean {
  // An offset would be taken too, but is no place: it knows no summer time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** An instant, or the time on the wall in the campaign's time zone. */
export const campaignTimeSchema = z.iso
  .datetime({ offset: true, local: true })
  .register(shownAs, { type: 'string', maxLength: 40, examples: ['2027-03-01T09:00:00+01:00', '2027-03-01T09:00:00'] });

/** Without an offset. */
export const isLocalTime = (text: string): boolean => !/(?:Z|[+-]\d{2}:?\d{2})$/i.test(text);

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * The instant at which clocks in a zone show a local time, with its offset; or why there is none: it is skipped when
 * summer time begins, and occurs twice when it ends.
 */
export function instantOf(
  local: string,
  timeZone: string,
): { ok: true; instant: string } | { ok: false; message: string } {
  const asUtc = Date.parse(`${local}Z`);
  if (Number.isNaN(asUtc)) return { ok: false, message: 'is no time' };
  // Whatever a zone does, it does it within a day of here.
  const offsets = new Set([
    offsetAt(asUtc - DAY, timeZone),
    offsetAt(asUtc, timeZone),
    offsetAt(asUtc + DAY, timeZone),
  ]);
  const found = [...offsets].filter((offset) => offsetAt(asUtc - offset, timeZone) === offset);
  const [offset, another] = found;
  if (offset === undefined) return { ok: false, message: `does not exist in ${timeZone}: clocks go forward past it` };
  if (another !== undefined) {
    const both = found.map(written).toSorted().join(' or ');
    return { ok: false, message: `occurs twice in ${timeZone}: write it with its offset, ${both}` };
  }
  return { ok: true, instant: `${local}${written(offset)}` };
}

/** Milliseconds that clocks in the zone are ahead of UTC; zones of before 1972 with odd seconds are rounded. */
function offsetAt(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(instant);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE;
}

function written(offset: number): string {
  const minutes = Math.abs(offset) / MINUTE;
  const two = (part: number): string => String(Math.floor(part)).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
