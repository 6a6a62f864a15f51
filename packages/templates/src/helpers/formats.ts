import { LRUCache } from 'lru-cache';
import { chargeWork } from '../budget.ts';

/** Making a formatter costs some 50 us, using one 1 us; what stands in `work` is in characters, at some 20 ns each. */
const MAKE = 2_500;
const USE = 50;

/** Formatters by all that they depend on. Locales and zones may come from values, so there is no end to them. */
const cache = new LRUCache<
  string,
  { readonly made: Intl.DateTimeFormat | Intl.NumberFormat | Intl.Segmenter | 'invalid' }
>({
  max: 500,
});

function cached<T extends Intl.DateTimeFormat | Intl.NumberFormat | Intl.Segmenter>(
  key: string,
  make: () => T,
): T | undefined {
  chargeWork(USE);
  let entry = cache.get(key);
  if (entry === undefined) {
    chargeWork(MAKE);
    try {
      entry = { made: make() };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      entry = { made: 'invalid' };
    }
    cache.set(key, entry);
  }
  return entry.made === 'invalid' ? undefined : (entry.made as T);
}

export const dateFormat = (locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat | undefined =>
  cached(`date ${locale} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat([locale, 'en'], options));

export interface NumberStyle {
  readonly style: 'decimal' | 'percent' | 'currency';
  readonly currency?: string;
  readonly decimals: number | undefined;
}

export const numberFormat = (
  locale: string,
  { style, currency, decimals }: NumberStyle,
): Intl.NumberFormat | undefined =>
  cached(`number ${locale} ${style} ${currency ?? ''} ${decimals ?? ''}`, () => {
    const digits = decimals === undefined ? {} : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return new Intl.NumberFormat([locale, 'en'], { style, ...(currency && { currency }), ...digits });
  });

export const graphemes = (): Intl.Segmenter | undefined => cached('graphemes', () => new Intl.Segmenter('en'));

/** A language tag, as `de-AT` or `de_AT`; anything else is English. (The machine's own language is never used.) */
export function localeOf(value: unknown): string {
  if (typeof value !== 'string' || value.length > 35) return 'en';
  const tag = value.replaceAll('_', '-');
  return isLocale(tag) ? tag : 'en';
}

/** A name of the IANA data base, as `Europe/Berlin`, or an offset; anything else is UTC. */
export function timeZoneOf(value: unknown): string {
  if (typeof value !== 'string' || value.length > 60) return 'UTC';
  return isTimeZone(value) ? value : 'UTC';
}

const isLocale = (tag: string): boolean =>
  /^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$/i.test(tag) &&
  cached(`locale ${tag}`, () => new Intl.NumberFormat(tag)) !== undefined;

const isTimeZone = (name: string): boolean => dateFormat('en', { timeZone: name }) !== undefined;

/** What is wrong with names that are written out. */
export function checkNames(hash: Readonly<Record<string, unknown>>): string | undefined {
  const { locale, timeZone, decimals } = hash;
  if (locale !== undefined && (typeof locale !== 'string' || localeOf(locale) !== locale.replaceAll('_', '-'))) {
    return 'locale= is not a language tag like "de-AT"';
  }
  if (timeZone !== undefined && timeZoneOf(timeZone) !== timeZone)
    return 'timeZone= is not a name like "Europe/Berlin"';
  if (decimals !== undefined && decimalsOf(decimals) === undefined)
    return 'decimals= is not a whole number from 0 to 20';
  return undefined;
}

export const decimalsOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 20 ? value : undefined;
