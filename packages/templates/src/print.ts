import { encodeComponent, harmlessAddress, type Component } from './address.ts';
import { chargePrinted } from './budget.ts';

/**
 * How a value is written where it stands:
 * - `plain`: as it is (for headers, which are cleaned as a whole, and for strings of JSON);
 * - `lines`: as text with lines;
 * - `html`: escaped for text and for quoted attributes;
 * - `address`: a whole address in a quoted attribute;
 * - the others: a piece of an address.
 */
export type Print = 'plain' | 'lines' | 'html' | 'address' | Component;

/**
 * What stands in the output for a value: text, numbers and booleans as they are, anything else as nothing. (An object
 * printed as JSON would show the structure of data that the author never asked for.)
 */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function printed(value: unknown): string {
  const text = textOf(value);
  chargePrinted(text.length);
  return text;
}

// Control characters are nothing that HTML can hold; the grave accent was a quote to old readers.
const SPECIAL = /[&<>"'`[\p{Cc}--[\t\n\r]]]/v;
const EVERY_SPECIAL = new RegExp(SPECIAL, 'gv');
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

export const escapeHtml = (text: string): string =>
  SPECIAL.test(text) ? text.replace(EVERY_SPECIAL, (character) => ENTITIES[character] ?? '\uFFFD') : text;

const CONTROL = /[[\p{Cc}--[\t\n]]\u2028\u2029]/v;

/** Text with lines: control characters are taken out, but for tabs and line ends, and every line ends in one way. */
export const cleanLines = (text: string): string =>
  CONTROL.test(text) ? text.replace(/\r\n?|[\u2028\u2029\x85]/g, '\n').replace(/[\p{Cc}--[\t\n]]/gv, '') : text;

export const PRINTERS: Readonly<Record<Print, (value: unknown) => string>> = {
  plain: printed,
  lines: (value) => cleanLines(printed(value)),
  html: (value) => escapeHtml(printed(value)),
  address: (value) => escapeHtml(harmlessAddress(printed(value))),
  component: (value) => encodeComponent(printed(value)),
  mailto: (value) => encodeComponent(printed(value)).replaceAll('%40', '@'),
  tel: (value) => encodeComponent(printed(value)).replaceAll('%2B', '+'),
};
