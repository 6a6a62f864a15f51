import type { Provider, Reply } from './port.ts';

/** Not now, and nothing is wrong with the provider: it asks for less, or for another time. */
const ASKS_FOR_LESS = new Set(['rate-limited', 'smtp-4xx']);
/** The mail server is about to close: "421 4.3.2 service not available". */
const CLOSING = /^421\b/;

/**
 * Whether a reply says that the provider itself does not work: no connection, no login, no answer, its own error. What it
 * says of a message or its recipient, and that it wants fewer, says that it works. Undefined: it says neither.
 */
export function failedItself({ serverOf }: Pick<Provider, 'serverOf'>, reply: Reply): boolean | undefined {
  if (serverOf !== undefined) return undefined;
  if (reply.kind === 'unknown') return true;
  if (reply.kind !== 'transient') return false;
  // This process is ending.
  if (reply.code === 'provider-closed') return undefined;
  return !ASKS_FOR_LESS.has(reply.code) || CLOSING.test(reply.detail ?? '');
}
