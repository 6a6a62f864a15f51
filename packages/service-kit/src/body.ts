import { isUtf8 } from 'node:buffer';
import type { ProblemCode } from '@herald/contracts';
import type { Request, RequestHandler, Response } from 'express';
import { prepareProblem, sendProblem } from './problem.ts';

const MAX_DEPTH = 64;
/**
 * A refused upload is read on, so that its sender sees the answer instead of a broken connection: until nothing came for
 * this long, and never longer than the second.
 */
const LINGER_SILENCE_MS = 1_000;
const LINGER_MS = 5_000;

/**
 * Reads a JSON body into `request.body`, and its size in bytes into `response.locals.bodyBytes`. What is too large is
 * refused as soon as that is known, nesting of more than 64 levels before anything is built from it.
 */
export const readJson = (limitBytes: number, types: readonly string[] = []): RequestHandler =>
  readBody(
    limitBytes,
    Object.fromEntries(['application/json', ...types].map((type) => [type, (bytes: Buffer) => parseJson(bytes)])),
  );

/** Reads a body of one of these types into `request.body`, as the bytes that came. */
export const readRaw = (limitBytes: number, types: readonly string[]): RequestHandler =>
  readBody(limitBytes, Object.fromEntries(types.map((type) => [type, (value: Buffer) => ({ value })])));

/** A line of NDJSON; `wrong` says why it is none. */
export type JsonLine = ({ readonly value: unknown } | { readonly wrong: string }) & { readonly bytes: number };

/**
 * Reads a JSON body as `readJson` does, or one with a JSON value per line: then `response.locals.lines` holds them, up to
 * one more than `maxLines`. Blank lines are none.
 */
export const readJsonOrLines = (limitBytes: number, maxLines: number): RequestHandler =>
  readBody(limitBytes, {
    'application/json': (bytes) => parseJson(bytes),
    'application/x-ndjson': (bytes, response) => {
      if (!isUtf8(bytes)) return { wrong: 'the body is not valid UTF-8' };
      response.locals['lines'] = linesOf(bytes, maxLines + 1);
      return { value: undefined };
    },
  });

function linesOf(bytes: Buffer, most: number): JsonLine[] {
  const lines: JsonLine[] = [];
  for (let from = 0; from < bytes.byteLength && lines.length < most;) {
    const end = bytes.indexOf(LINE_FEED, from);
    const line = bytes.subarray(from, end === -1 ? bytes.byteLength : end);
    from += line.byteLength + 1;
    if (isBlank(line)) continue;
    lines.push({ ...parseJson(line), bytes: line.byteLength });
  }
  return lines;
}

const LINE_FEED = 0x0a;
/** Space, tab, carriage return. */
const isBlank = (line: Buffer): boolean => line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

type Parse = (bytes: Buffer, response: Response) => { readonly value: unknown } | { readonly wrong: string };

function readBody(limitBytes: number, parsers: Readonly<Record<string, Parse>>): RequestHandler {
  const types = Object.keys(parsers).join(' or ');
  return (request, response, next) => {
    const parseBody = parsers[mediaType(request) ?? ''];
    if (parseBody === undefined) {
      refuse(response, 'unsupported-media-type', `the body must be sent as ${types}, in UTF-8, uncompressed`);
      return;
    }
    const asksFirst = request.headers.expect !== undefined;
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      if (asksFirst) refuse(response, 'too-large', limitOf(limitBytes));
      else refuseUpload(request, response, limitBytes);
      return;
    }
    // The sender waits for this before it sends: everything that could be said without the body was said.
    if (asksFirst) response.writeContinue();

    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.byteLength;
      chunks.push(chunk);
      if (size <= limitBytes) return;
      request.off('data', onData).off('end', onEnd);
      refuseUpload(request, response, limitBytes);
    };
    const onEnd = (): void => {
      const read = parseBody(Buffer.concat(chunks, size), response);
      if ('wrong' in read) {
        refuse(response, 'invalid-body', read.wrong);
        return;
      }
      request.body = read.value;
      response.locals['bodyBytes'] = size;
      next();
    };
    // A sender that goes away in the middle needs no answer: neither `end` nor anything else follows.
    request
      .on('data', onData)
      .on('end', onEnd)
      .on('error', () => {});
  };
}

/** Whether a request says that it has a body (RFC 9112, 6.3). */
export const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** The media type of a body that can be read as text; undefined where it is packed, or in another charset. */
function mediaType({ headers }: Request): string | undefined {
  const [type, ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  const readable =
    (charset === undefined || /^"?utf-8"?$/.test(charset)) &&
    (headers['content-encoding'] ?? 'identity') === 'identity';
  return readable ? type : undefined;
}

/** JSON from bytes; what is nested too deep is refused before anything is built from it. */
export function parseJson(bytes: Buffer, what = 'the body'): { readonly value: unknown } | { readonly wrong: string } {
  if (bytes.byteLength === 0) return { wrong: `${what} is empty` };
  if (!isUtf8(bytes)) return { wrong: `${what} is not valid UTF-8` };
  const text = bytes.toString('utf8');
  if (tooDeep(text)) return { wrong: `${what} is nested deeper than ${MAX_DEPTH} levels` };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { wrong: `${what} is not valid JSON` };
  }
}

function tooDeep(text: string): boolean {
  if (!hasMoreThan(text, MAX_DEPTH)) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === BACKSLASH) at += 1;
      else if (char === QUOTE) inString = false;
    } else if (char === QUOTE) inString = true;
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth -= 1;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Most bodies have fewer brackets than levels are allowed: they need no closer look. */
function hasMoreThan(text: string, brackets: number): boolean {
  let found = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      found += 1;
      if (found > brackets) return true;
    }
  }
  return false;
}

function refuse(response: Response, code: ProblemCode, detail: string): void {
  sendProblem(response, code, { detail, context: { field: 'body' } });
}

const limitOf = (bytes: number): string => `a request may have ${bytes} bytes`;

/** Answers at once, then reads on for a while before it closes: closing on unread data would reset the connection. */
function refuseUpload(request: Request, response: Response, limitBytes: number): void {
  response.setHeader('Connection', 'close');
  const detail = limitOf(limitBytes);
  // The announced length makes the answer whole for its reader before the response is ended here.
  response.write(prepareProblem(response, 'too-large', { detail, context: { field: 'body' } }));
  const finish = (): void => {
    clearTimeout(longest);
    clearTimeout(silence);
    response.end();
  };
  // A process that was held up hears of its timers before it hears of what came meanwhile: that gets its turn first.
  const finishLater = (): void => void setImmediate(() => setImmediate(finish));
  const longest = setTimeout(finishLater, LINGER_MS);
  const silence = setTimeout(finishLater, LINGER_SILENCE_MS);
  request
    .on('data', () => void silence.refresh())
    .once('end', finish)
    .once('close', finish)
    .resume();
}
