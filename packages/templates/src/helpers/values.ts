import { chargeWork } from '../budget.ts';

/** Own members only: an object or list of the input may have members with any name, and inherits none. */
export function member(from: unknown, name: unknown): unknown {
  if (typeof from !== 'object' || from === null) return undefined;
  if (typeof name !== 'string' && typeof name !== 'number') return undefined;
  return Object.hasOwn(from, name) ? (from as Record<string | number, unknown>)[name] : undefined;
}

export const isMissing = (value: unknown): value is undefined | null => value === undefined || value === null;

/** As `{{#if}}` sees it: nothing, false, 0, empty text and empty lists are not. */
export const isTrue = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));

const DECIMAL = /^[+-]?\d{1,40}(?:\.\d{1,40})?$/;

/** A number, or text that is one: many producers send text only. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && value.length <= 82 && DECIMAL.test(value) ? Number(value) : undefined;
}

/** Numbers by size, texts by code unit; undefined when the two cannot be compared. */
export function compare(a: unknown, b: unknown): number | undefined {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return x - y;
  if (typeof a !== 'string' || typeof b !== 'string') return undefined;
  chargeWork(Math.min(a.length, b.length));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The same JSON scalar; a number and text that says the same number are equal. */
export function equal(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string' && a.length === b.length) chargeWork(a.length);
  if (typeof a === typeof b) return a === b;
  const [x, y] = [numberOf(a), numberOf(b)];
  return x !== undefined && x === y;
}
