import { chargeWork } from '../budget.ts';
import { checkNames, dateFormat, localeOf, timeZoneOf } from './formats.ts';
import type { Helper } from './spec.ts';

const PRESETS: ReadonlyMap<string, Intl.DateTimeFormatOptions> = new Map<string, Intl.DateTimeFormatOptions>([
  ['short', { dateStyle: 'short' }],
  ['medium', { dateStyle: 'medium' }],
  ['long', { dateStyle: 'long' }],
  ['full', { dateStyle: 'full' }],
  ['time', { timeStyle: 'short' }],
  ['datetime', { dateStyle: 'medium', timeStyle: 'short' }],
]);

const TOKEN = /yyyy|yy|MMMM|MMM|MM|M|dd|d|EEEE|EEE|HH|H|hh|h|mm|ss|a|'[^']*'|[^A-Za-z']/y;
const FIELDS: Intl.DateTimeFormatOptions = {
  calendar: 'gregory',
  numberingSystem: 'latn',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
  hourCycle: 'h23',
};
/** Named parts stand beside a day, as in "3 de março": some languages have another form for a month on its own. */
const NAMES: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  MMMM: { month: 'long', day: 'numeric' },
  MMM: { month: 'short', day: 'numeric' },
  EEEE: { weekday: 'long' },
  EEE: { weekday: 'short' },
  a: { hour: 'numeric', hour12: true },
};
const NAMED_PARTS: Readonly<Record<string, Intl.DateTimeFormatPartTypes>> = {
  MMMM: 'month',
  MMM: 'month',
  EEEE: 'weekday',
  EEE: 'weekday',
  a: 'dayPeriod',
};

/** A pattern's tokens; undefined when it has a letter that stands for nothing. */
function tokensOf(pattern: string): readonly string[] | undefined {
  if (pattern.length > 100) return undefined;
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < pattern.length) {
    const token = TOKEN.exec(pattern)?.[0];
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  return tokens;
}

interface Moment {
  /** Milliseconds since 1970 in UTC. */
  readonly time: number;
  /** A day without a time is the same day everywhere. */
  readonly dayOnly: boolean;
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(:\d{2})?(\.\d{1,9})? ?([Zz]|[+-]\d{2}:?\d{2})?)?$/;

/** Milliseconds since 1970, or ISO 8601; without an offset it is UTC, whatever the machine's own zone. */
function momentOf(value: unknown): Moment | undefined {
  let time = typeof value === 'number' ? value : NaN;
  let dayOnly = false;
  if (typeof value === 'string' && value.length <= 40) {
    const [, day, minutes, seconds = ':00', fraction = '', zone = 'Z'] = ISO.exec(value) ?? [];
    if (day !== undefined) {
      dayOnly = minutes === undefined;
      const offset = zone.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
      time = Date.parse(`${day}T${minutes ?? '00:00'}${seconds}${fraction.slice(0, 4)}${offset}`);
    }
  }
  return Math.abs(time) <= 8.64e15 ? { time, dayOnly } : undefined;
}

function formatPattern(tokens: readonly string[], time: number, locale: string, timeZone: string): string {
  const fields = new Map(
    (dateFormat('en', { ...FIELDS, timeZone })?.formatToParts(time) ?? []).map(({ type, value }) => [type, value]),
  );
  const two = (type: Intl.DateTimeFormatPartTypes): string => (fields.get(type) ?? '').padStart(2, '0').slice(-2);
  const one = (type: Intl.DateTimeFormatPartTypes): string => String(Number(fields.get(type)));
  const hour = Number(fields.get('hour')) % 12 || 12;
  const written: Readonly<Record<string, () => string>> = {
    yyyy: () => (fields.get('year') ?? '').padStart(4, '0'),
    yy: () => two('year'),
    MM: () => two('month'),
    M: () => one('month'),
    dd: () => two('day'),
    d: () => one('day'),
    HH: () => two('hour'),
    H: () => one('hour'),
    hh: () => String(hour).padStart(2, '0'),
    h: () => String(hour),
    mm: () => two('minute'),
    ss: () => two('second'),
  };
  return tokens
    .map((token) => {
      const type = NAMED_PARTS[token];
      if (type !== undefined) {
        const parts = dateFormat(locale, { ...NAMES[token], timeZone })?.formatToParts(time);
        return parts?.find((part) => part.type === type)?.value ?? '';
      }
      return written[token]?.() ?? (token.startsWith("'") ? token.slice(1, -1) || "'" : token);
    })
    .join('');
}

export const DATES: Readonly<Record<string, Helper>> = {
  date: {
    min: 1,
    max: 2,
    names: ['timeZone', 'locale'],
    needs: true,
    usage: '{{date value "long" timeZone="Europe/Berlin" locale="de"}}',
    check: ({ params: [, format], hash }) => {
      const known = format === undefined || (typeof format === 'string' && (PRESETS.has(format) || tokensOf(format)));
      return known
        ? checkNames(hash)
        : `the format is neither ${[...PRESETS.keys()].join(', ')} nor a pattern like "dd.MM.yyyy HH:mm"`;
    },
    run: ([value, format = 'medium'], hash) => {
      const moment = momentOf(value);
      if (moment === undefined) return '';
      const locale = localeOf(hash['locale']);
      const timeZone = moment.dayOnly ? 'UTC' : timeZoneOf(hash['timeZone']);
      const preset = typeof format === 'string' ? PRESETS.get(format) : undefined;
      const tokens = preset || typeof format !== 'string' ? undefined : tokensOf(format);
      if (tokens === undefined) {
        return dateFormat(locale, { ...(preset ?? PRESETS.get('medium')), timeZone })?.format(moment.time) ?? '';
      }
      chargeWork(tokens.length);
      return formatPattern(tokens, moment.time, locale, timeZone);
    },
  },
};
