import { Outage } from '@herald/contracts';
import mongoose from 'mongoose';

const {
  MongoAPIError,
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} = mongoose.mongo;

const { MongooseServerSelectionError } = mongoose.Error;
const CLOSED = [MongoClientClosedError, MongoNotConnectedError, MongoTopologyClosedError];

const DUPLICATE = 11_000;
const OUT_OF_DISK = 14_031;
/** By these the server says that what it was sent is wrong, too large for example: sending it again will not help. */
const REFUSED = new Set([2, 9, 14, 40, 52, 66, 121, 10_334, 17_280, 17_282, 17_419, 17_420, DUPLICATE]);

/** What callers of the store are given for an error: an `Outage`, or the error of a bug, without what was stored. */
export function translated(error: unknown): unknown {
  const cause = causeOf(error);
  if (cause instanceof MongoServerError) {
    const { code, codeName = code } = cause;
    if (code === OUT_OF_DISK) return new Outage('full', 'the database is out of disk space');
    // The server's own words may quote a key, which may be an address.
    if (REFUSED.has(Number(code))) return new Error(`the database refuses it (${codeName})`);
    return new Outage('unavailable', `the database does not carry it out (${codeName})`);
  }
  if (isGone(cause)) return new Outage('unavailable', `the database does not answer: ${cause.message}`);
  return error;
}

const LOGIN_REFUSED = new Set([13, 18, 8000]);

/** True: the server knows no such user, or another password. */
export const refusesLogin = (error: unknown): boolean =>
  error instanceof MongoServerError && LOGIN_REFUSED.has(Number(error.code));

/** Whether a command that may be carried out twice is worth sending again at once. */
export function isPassing(error: unknown): boolean {
  const cause = causeOf(error);
  // A look for a server has waited for one already.
  if (cause instanceof MongoServerSelectionError) return false;
  if (cause instanceof MongoServerError) return !REFUSED.has(Number(cause.code)) && cause.code !== OUT_OF_DISK;
  return isGone(cause);
}

/**
 * Which documents of an unordered insert were there already, by their place in it; undefined when that is not, or not
 * all, that the error says.
 */
export function duplicatesIn(error: unknown): number[] | undefined {
  if (!(error instanceof MongoBulkWriteError)) return undefined;
  const errors = [error.writeErrors].flat();
  if (errors.length === 0 || errors.some(({ code }) => code !== DUPLICATE)) return undefined;
  // The others are inserted, but not by as many as they must be.
  if (error.result.getWriteConcernError() !== undefined) return undefined;
  return errors.map(({ index }) => index);
}

/** A bulk write wraps what kept it from being sent. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof MongoBulkWriteError)) return error;
  const wrapped: unknown = error.errorResponse;
  return Error.isError(wrapped) ? wrapped : error;
}

/** No server, no connection, or no answer on it. What remains of the driver's errors are wrong arguments. */
function isGone(error: unknown): error is Error {
  if (error instanceof MongooseServerSelectionError) return true;
  if (error instanceof MongoAPIError) return CLOSED.some((kind) => error instanceof kind);
  return error instanceof MongoError || isOfSocket(error);
}

/** Writing on a connection that the other side has ended comes through as the system says it. */
const isOfSocket = (error: unknown): boolean =>
  Error.isError(error) && 'code' in error && /^(?:E[A-Z]+|ERR_(?:STREAM|SOCKET)_[A-Z_]+)$/.test(String(error.code));
