import type { NodemailerError } from 'nodemailer';
import type { Reply } from '../port.ts';
import { SMTP_CODES, SmtpFailure, type SmtpCode } from './failure.ts';
import { statusOf } from './replies.ts';

/** What a refusing reply of the server means for its message. */
export function failureOf(reply: { readonly code: number; readonly text: string }): SmtpFailure {
  const named = codeFor(reply.code) ?? codeFor(`${Math.floor(reply.code / 100)}xx`) ?? 'protocol';
  return new SmtpFailure(SMTP_CODES[named].kinds[0], named, statusOf(reply));
}

const ANSWERS = new Map<number | string, SmtpCode>(
  Object.entries(SMTP_CODES).flatMap(([code, row]) =>
    ('answers' in row ? row.answers : []).map((answer) => [answer, code as SmtpCode] as const),
  ),
);
const codeFor = (answer: number | string): SmtpCode | undefined => ANSWERS.get(answer);

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
