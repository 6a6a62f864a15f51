import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { isOutage, LINES } from '@herald/contracts';
import type { Request, RequestHandler, Response } from 'express';
import { parseJson } from './body.ts';
import { sendProblem } from './problem.ts';

/** What lines of JSON are also called. */
const TYPES = new Set([LINES, 'application/ndjson', 'application/jsonl', 'application/x-jsonlines']);
/** An upload may take as long as it takes, but not be silent for longer than this. */
const SILENCE_MS = 60_000;

const uploads = new WeakSet<ServerResponse>();
/** Whether the request of this answer is read line by line: then the time that a request may take is none of its. */
export const isUpload = (response: ServerResponse): boolean => uploads.has(response);

/** Refuses what is not sent as lines of JSON. The body is left to the handler. */
export const wantLines: RequestHandler = (request, response, next) => {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  const named = type.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!TYPES.has(named) || encoding !== 'identity') {
    const detail = `the body must be sent as ${LINES}, in UTF-8, uncompressed`;
    sendProblem(response, 'unsupported-media-type', { detail, context: { field: 'body' } });
    return;
  }
  uploads.add(response);
  // The sender waits for this before it sends: everything that could be said without the body was said.
  if (request.headers.expect !== undefined) response.writeContinue();
  next();
};

/** One line of a body: its number from 1, and what it holds, or what is wrong with it as such. */
export type Line = { readonly number: number; readonly bytes: number } & (
  { readonly value: unknown } | { readonly wrong: string }
);

/**
 * The lines of a body, as they come; blank ones are counted and left out. Reading waits while a line is worked on, and
 * holds no more than one line of `limitBytes` and what one read of the socket brings: a longer line is told as wrong, and
 * dropped as it comes. Ends early, by throwing, when the sender goes away or is silent for a minute.
 */
export async function* readLines(request: Request, limitBytes: number): AsyncGenerator<Line> {
  let number = 0;
  let size = 0;
  let pieces: Buffer[] = [];
  const take = (): Line | undefined => {
    number += 1;
    const bytes = size;
    const whole = bytes > limitBytes ? undefined : Buffer.concat(pieces);
    pieces = [];
    size = 0;
    if (whole === undefined) return { number, bytes, wrong: `the line is longer than ${limitBytes} bytes` };
    if (isBlank(whole)) return undefined;
    return { number, bytes, ...parseJson(whole, 'the line') };
  };
  const add = (piece: Buffer): void => {
    size += piece.byteLength;
    if (size > limitBytes) pieces = [];
    else pieces.push(piece);
  };

  request.setTimeout(SILENCE_MS, () => request.destroy());
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
        add(chunk.subarray(from, end));
        from = end + 1;
        const line = take();
        if (line !== undefined) yield line;
      }
      if (from < chunk.byteLength) add(chunk.subarray(from));
    }
    const last = size === 0 ? undefined : take();
    if (last !== undefined) yield last;
  } finally {
    request.setTimeout(0);
    // Whoever stopped reading answers: a sender sees that only if it can go on sending.
    request.resume();
  }
}

const NEWLINE = 0x0a;
/** White space of JSON, with what is left of a line's end of Windows. */
const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

/**
 * Answers a line of JSON at a time, no faster than they are read. While the request is still coming they are not waited
 * for: a sender that reads nothing before it has sent everything would wait for us, and we for it.
 */
export async function writeLines(response: Response, lines: AsyncIterable<unknown>): Promise<void> {
  response.setHeader('Content-Type', LINES);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    for await (const line of lines) {
      if (gone.signal.aborted) return;
      const flows = response.write(`${JSON.stringify(line)}\n`);
      if (!flows && response.req.complete) await once(response, 'drain', { signal: gone.signal });
    }
    response.end();
  } catch (error) {
    // Before the first line the error has an answer of its own.
    if (!response.headersSent && !gone.signal.aborted) {
      response.removeHeader('Content-Type');
      throw error;
    }
    // A transfer that is broken off is seen to be: one that ended would be taken for the whole.
    response.destroy();
    if (!isOutage(error) && !gone.signal.aborted) throw error;
  }
}
