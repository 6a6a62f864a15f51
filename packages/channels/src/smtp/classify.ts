import type { NodemailerError } from 'nodemailer';
import type { Reply } from '../port.ts';
import { SMTP_CODES, SmtpFailure, type SmtpCode } from './failure.ts';
import { statusOf } from './replies.ts';

/** What a refusing reply of the server means for its message. */
export function failureOf(reply: { readonly code: number; readonly text: string }): SmtpFailure {
  const detail = statusOf(reply);
  const { code } = reply;
  // Not logged in, or logged in wrongly: an operator's mistake, not the message's.
  if (code === 530 || code === 535) return new SmtpFailure('transient', 'auth-failed', detail);
  if (code === 552) return new SmtpFailure('permanent', 'too-large', detail);
  // Out of step: it says something about this connection, nothing about the message.
  if (code === 503) return new SmtpFailure('transient', 'protocol', detail);
  if (code >= 500) return new SmtpFailure('permanent', 'smtp-5xx', detail);
  if (code >= 400) return new SmtpFailure('transient', 'smtp-4xx', detail);
  return new SmtpFailure('transient', 'protocol', detail);
}

/** A connection that was lost, or given up, before the server answered. */
export function lostFailure(code: SmtpCode, handedOver: boolean): SmtpFailure {
  const kinds: readonly string[] = SMTP_CODES[code].kinds;
  return new SmtpFailure(handedOver && kinds.includes('unknown') ? 'unknown' : 'transient', code);
}

const STOCK: Readonly<Record<string, SmtpCode>> = {
  ECONNREFUSED: 'connection-refused',
  EDNS: 'host-not-found',
  ENOTFOUND: 'host-not-found',
  ETLS: 'tls',
  EAUTH: 'auth-failed',
  ENOAUTH: 'auth-failed',
  EPROTOCOL: 'protocol',
};

/** `handedOver`: everything up to the final dot was given to the connection. */
export function stockFailure(error: NodemailerError, handedOver: boolean): SmtpFailure {
  const { code = '', originalCode = '', command = '', responseCode, response = '' } = error;
  if (code === 'EAUTH') return new SmtpFailure('transient', 'auth-failed', responseCode?.toString());
  if (responseCode !== undefined) {
    const reply = { code: responseCode, text: response.replace(/^\d{3}[ -]/, '') };
    return command === 'CONN' && !handedOver
      ? new SmtpFailure('transient', 'server-refused', statusOf(reply))
      : failureOf(reply);
  }
  if (code === 'EMESSAGE' && command === 'MAIL FROM') return new SmtpFailure('permanent', 'too-large');
  if (code === 'EENVELOPE') return new SmtpFailure('permanent', 'invalid-address');
  if (code === 'EABORT') return lostFailure('provider-timeout', handedOver);
  if (code === 'ETIMEDOUT') return lostFailure(handedOver ? 'provider-timeout' : 'connection-timeout', handedOver);
  return lostFailure(STOCK[originalCode] ?? STOCK[code] ?? 'connection-lost', handedOver);
}

/** The port's words for a failure. */
export function replyOf(failure: SmtpFailure): Exclude<Reply, { kind: 'accepted' }> {
  const { kind, code, detail } = failure;
  return detail === undefined ? { kind, code } : { kind, code, detail };
}
