import { createHash } from 'node:crypto';
import type { SurfaceOf } from '@herald/contracts';
import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import type { Outgoing } from './port.ts';

/** What is the same for every message from a surface. */
interface Fixed {
  readonly from: string;
  /** The surface's; a campaign's own stands in its place. */
  readonly replyTo: string;
  /** Everything between the message's own headers and the text part. */
  readonly opening: string;
  readonly delimiter: string;
  readonly boundary: string;
}

/** A surface is read once and kept as one object until it changes; what follows from it lives as long as that object. */
const fixedParts = new WeakMap<SurfaceOf<'email'>, Fixed>();

/** Stays the same over all attempts. */
export const messageIdOf = ({ messageId, surface }: Outgoing<'email'>): string =>
  `<${messageId.replace(/[^\w.-]/g, '-')}@${domainOf(surface.sender.address)}>`;

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/**
 * A message as the wire takes it, in ASCII with CRLF line ends: a text and an HTML alternative. The same input gives
 * the same message, and the Message-ID is the same over all attempts.
 */
export function composeMime(outgoing: Outgoing<'email'>): string {
  const { address, content, surface, now } = outgoing;
  let fixed = fixedParts.get(surface);
  if (!fixed) {
    fixed = fixedOf(surface);
    fixedParts.set(surface, fixed);
  }
  const { subject, text, html } = content;
  const replyTo = content.replyTo ? `Reply-To: ${content.replyTo}\r\n` : fixed.replyTo;
  return (
    `${fixed.from}To: ${address}\r\nSubject: ${headerText(subject, 'Subject: '.length)}\r\n` +
    `Date: ${dateOf(now)}\r\nMessage-ID: ${messageIdOf(outgoing)}\r\n${replyTo}${headersOf(content.headers)}${fixed.opening}` +
    `${fixed.delimiter}Content-Type: text/plain; charset=utf-8\r\n${body(text, fixed.boundary)}` +
    `${fixed.delimiter}Content-Type: text/html; charset=utf-8\r\n${body(html, fixed.boundary)}` +
    `--${fixed.boundary}--\r\n`
  );
}

/** A header without a value is left out. */
const headersOf = (headers: Readonly<Record<string, string>> = {}): string =>
  Object.entries(headers)
    .map(([name, value]) => (value === '' ? '' : `${name}: ${headerText(value, name.length + 2)}\r\n`))
    .join('');

function fixedOf(surface: SurfaceOf<'email'>): Fixed {
  const { name, address } = surface.sender;
  // `=_` occurs in no base64; a part that is sent as it is gets searched for the whole of it.
  const boundary = `=_herald_${createHash('sha256').update(`${surface.id}\n${surface.revision}`).digest('hex').slice(0, 32)}`;
  const replyTo = surface.replyTo === undefined ? '' : `Reply-To: ${surface.replyTo}\r\n`;
  return {
    from: `From: ${name === '' ? address : `${displayName(name)} <${address}>`}\r\n`,
    replyTo,
    opening: `MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="${boundary}"\r\n\r\n`,
    delimiter: `--${boundary}\r\n`,
    boundary,
  };
}

const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;
const PLAIN = /^[\x20-\x7e]*$/;
/** RFC 2822, 2.1.1: lines should have no more than 78 characters, and must have no more than 998. */
const LINE = 78;

function displayName(name: string): string {
  const clean = name.replace(CONTROL, ' ');
  if (!PLAIN.test(clean) || clean.includes('=?')) return words(clean);
  return /^[\w !#$%&'*+/=?^`{|}~-]*$/.test(clean) ? clean : `"${clean.replace(/["\\]/g, '\\$&')}"`;
}

/** Nothing gets through that could end a header line: every control character becomes a space. */
function headerText(value: string, used: number): string {
  const clean = PLAIN.test(value) ? value : value.replace(CONTROL, ' ');
  // A space at either end, or a word that no line can hold, survives as an encoded word only.
  if (!PLAIN.test(clean) || clean.includes('=?') || clean !== clean.trim() || /[^ ]{900}/.test(clean))
    return words(clean);
  if (clean.length + used <= LINE) return clean;
  // Runs of spaces may be folded away by a reader: encoding keeps them.
  return clean.includes('  ') ? words(clean) : foldLines(' '.repeat(used) + clean, LINE - 2).slice(used);
}

/** RFC 2047 words of at most 75 characters, one a line. */
const words = (value: string): string => encodeWord(value, 'B', 52).replaceAll('?= =?', '?=\r\n =?');

let dateSecond = Number.NaN;
let dateText = '';

function dateOf(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString().replace('GMT', '+0000');
  }
  return dateText;
}

/** A part's encoding and content, from the rest of its header to the line end before the next boundary. */
function body(content: string, boundary: string): string {
  const plain = sevenBit(content, boundary);
  if (plain !== undefined) return `Content-Transfer-Encoding: 7bit\r\n\r\n${plain}\r\n`;
  const encoded = Buffer.from(content.replace(/\r?\n/g, '\r\n')).toString('base64');
  let lines = '';
  for (let at = 0; at < encoded.length; at += 76) lines += `${encoded.slice(at, at + 76)}\r\n`;
  return `Content-Transfer-Encoding: base64\r\n\r\n${lines}`;
}

/** RFC 5321, 4.5.3.1.6 allows 1,000 with the line end. */
const MAX_LINE = 998;

/** The content with CRLF line ends, if it can travel as it is (RFC 2045, 2.7): ASCII, no NUL, no bare CR, no long line. */
function sevenBit(content: string, boundary: string): string | undefined {
  if (Buffer.byteLength(content) !== content.length || content.includes('\0')) return undefined;
  if (content.includes('\r') && /\r(?!\n)/.test(content)) return undefined;
  let start = 0;
  for (let end = content.indexOf('\n'); end >= 0; end = content.indexOf('\n', start)) {
    if (end - start > MAX_LINE) return undefined;
    start = end + 1;
  }
  if (content.length - start > MAX_LINE || content.includes(boundary)) return undefined;
  return start === 0 ? content : content.replace(/\r?\n/g, '\r\n');
}
