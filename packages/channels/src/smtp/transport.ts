import type { MailMessage, Transport } from 'nodemailer';
import { SmtpFailure } from './failure.ts';
import { openSession } from './handshake.ts';
import type { SmtpOptions } from './options.ts';
import { createPool } from './pool.ts';
import { createStockPool, type Done, type SentInfo, type StockPool } from './stock.ts';
import type { Outcome, WireMessage } from './transaction.ts';

/** A nodemailer transport; it errs with an `SmtpFailure` and nothing else. */
export interface SmtpTransport extends Transport<SentInfo> {
  close(): Promise<void>;
}

/**
 * A nodemailer transport plugin that pipelines. It takes messages that are given as `raw` (a string or a buffer) with
 * their `envelope`. A server that does not pipeline, or wants a login that is not spoken here, is left to nodemailer's
 * own pool from its first greeting on.
 */
export function createSmtpTransport(options: SmtpOptions): SmtpTransport {
  const pool = createPool({ options, open: () => openSession(options) });
  let stock: StockPool | undefined;
  let closed = false;

  return {
    name: 'herald-smtp',
    version: '1',
    send(mail, done: Done) {
      const message = wireMessageOf(mail);
      if (!message) {
        done(new SmtpFailure('permanent', 'invalid-address'));
        return;
      }
      if (closed) {
        done(new SmtpFailure('transient', 'provider-closed'));
        return;
      }
      if (stock) {
        stock.send(mail, options.timeoutMs, done);
        return;
      }
      const startedAt = performance.now();
      pool.submit({
        message,
        done: (outcome) => report(mail, message, outcome, done),
        unsuitable() {
          stock ??= createStockPool(options);
          stock.send(mail, options.timeoutMs - (performance.now() - startedAt), done);
        },
      });
    },
    async close() {
      closed = true;
      await Promise.all([pool.close(), stock?.close()]);
    },
  };
}

function report(mail: MailMessage<SentInfo>, message: WireMessage, outcome: Outcome, done: Done): void {
  if (outcome.kind === 'failed') {
    done(outcome.failure);
    return;
  }
  const { reply, rejected, envelopeTime, messageTime } = outcome;
  done(null, {
    envelope: mail.message.getEnvelope(),
    messageId: mail.data.messageId ?? '',
    accepted: message.to.filter((address) => !rejected.includes(address)),
    rejected: [...rejected],
    envelopeTime,
    messageTime,
    messageSize: message.content.length,
    response: `${String(reply.code)} ${reply.text}`,
  });
}

/** Undefined when nodemailer's reading of the addresses left no recipient. */
function wireMessageOf({ data, message }: MailMessage<SentInfo>): WireMessage | undefined {
  const { from, to } = message.getEnvelope();
  const { raw } = data;
  if (to.length === 0) return undefined;
  if (typeof raw !== 'string' && !Buffer.isBuffer(raw)) throw new TypeError('only raw messages can be sent');
  return { from: from === false ? '' : from, to, content: asBytes(raw) };
}

/** One character per byte. */
function asBytes(raw: string | Buffer): string {
  if (typeof raw !== 'string') return raw.toString('latin1');
  return Buffer.byteLength(raw) === raw.length ? raw : Buffer.from(raw).toString('latin1');
}
