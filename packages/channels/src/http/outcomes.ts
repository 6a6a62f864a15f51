import type { Reply } from '../port.ts';
import { HTTP_CODES, type Lost } from './codes.ts';
import type { HttpAnswer } from './exchange.ts';

/** What some answers of a provider mean for the message. */
export interface Outcome {
  readonly kind: 'accepted' | 'transient' | 'permanent';
  readonly code: string;
  /** HTTP statuses, or whole classes of them. */
  readonly statuses: readonly (number | '2xx' | '3xx' | '4xx' | '5xx')[];
  /** Codes in the body of the answer; they count before its status. */
  readonly errors?: readonly number[];
  readonly meaning: string;
}

type Failure = Exclude<Reply, { kind: 'accepted' }>;

/** The row for an answer: by the body's own code, else by the status, else by its class. */
export function outcomeOf(table: readonly Outcome[], status: number, error?: number): Outcome | undefined {
  const family = `${Math.floor(status / 100)}xx`;
  return (
    (error === undefined ? undefined : table.find(({ errors }) => errors?.includes(error))) ??
    table.find(({ statuses }) => statuses.includes(status)) ??
    table.find(({ statuses }) => statuses.some((one) => one === family))
  );
}

/**
 * The port's word for an answer; undefined when the message was accepted. What stands in no row is neither yes nor no
 * to a message that is all there. `now` is milliseconds since the epoch.
 */
export function failureOf(
  table: readonly Outcome[],
  { status, headers }: HttpAnswer,
  now: number,
  error?: number,
): Failure | undefined {
  const detail = error === undefined ? String(status) : `${status} ${error}`;
  const outcome = outcomeOf(table, status, error);
  if (outcome === undefined) return { kind: 'unknown', code: 'protocol', detail };
  const { kind, code } = outcome;
  if (kind === 'accepted') return undefined;
  if (kind === 'permanent') return { kind, code, detail };
  const after = retryAfterMs(headers['retry-after'], now);
  return { kind, code, detail, ...(after === undefined ? {} : { retryAfterMs: after }) };
}

/** The port's word for a call without an answer. */
export function lostReply({ code, handedOver }: Lost): Failure {
  const kinds: readonly string[] = HTTP_CODES[code].kinds;
  if (kinds.includes('permanent')) return { kind: 'permanent', code };
  return { kind: handedOver ? 'unknown' : 'transient', code };
}

/** Nothing waits longer: no message lives for more than a day. */
const MAX_RETRY_AFTER_MS = 86_400_000;

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), in milliseconds; undefined for anything else. */
export function retryAfterMs(header: string | readonly string[] | undefined, now: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  const ms = /^\d{1,12}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined;
}
