import type { RequestHandler } from 'express';
import { sendProblem } from './problem.ts';

/** Bytes of bodies that one process reads or works on at a time: what is made of them takes a few times as much. */
const MAX_BYTES = 64 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 1;

/**
 * Lets in no more than there is memory for: a body counts from its first byte until it is answered, by its announced length,
 * or by the most that it may have. One that comes alone is always let in.
 */
export function createBodyRoom(maxBytes = MAX_BYTES): (limitBytes: number) => RequestHandler {
  let taken = 0;
  return (limitBytes) => (request, response, next) => {
    // Whoever has gone while its key was looked up gives nothing back any more.
    if (response.closed) return;
    const announced = Number(request.headers['content-length'] ?? limitBytes);
    // What is too large is refused by whoever reads it, before it is read.
    const bytes = announced >= 0 && announced <= limitBytes ? announced : limitBytes;
    if (taken > 0 && taken + bytes > maxBytes) {
      const detail = 'as many requests as there is memory for are being worked on';
      sendProblem(response, 'overloaded', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
      return;
    }
    taken += bytes;
    response.once('close', () => {
      taken -= bytes;
    });
    next();
  };
}
