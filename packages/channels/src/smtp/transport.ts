import type { MailMessage, Transport } from 'nodemailer';
import { SmtpFailure } from './failure.ts';
import { openSession } from './handshake.ts';
import type { SmtpOptions } from './options.ts';
import { createPool, type Pool } from './pool.ts';
import { createStockPool, type Done, type SentInfo, type StockPool } from './stock.ts';
import type { Outcome, WireMessage } from './transaction.ts';

/** A nodemailer transport; it errs with an `SmtpFailure` and nothing else. */
export interface SmtpTransport extends Transport<SentInfo> {
  /**
   * The same for a message that is composed already, without what nodemailer does before it calls a transport: that is
   * more than half of what a message costs. False where the server is nodemailer's to talk to; then nothing was done.
   */
  deliver(message: WireMessage, report: (outcome: Outcome) => void, unsuitable: () => void): boolean;
  readonly connections: Pool['connections'];
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

  function deliver(message: WireMessage, done: (outcome: Outcome) => void, unsuitable: () => void): boolean {
    if (closed) {
      done({ kind: 'failed', failure: new SmtpFailure('transient', 'provider-closed'), untouched: true });
      return true;
    }
    if (stock !== undefined) return false;
    pool.submit({
      message,
      done,
      unsuitable() {
        stock ??= createStockPool(options);
        unsuitable();
      },
    });
    return true;
  }

  return {
    name: 'herald-smtp',
    version: '1',
    deliver,
    connections: pool.connections,
    send(mail, done: Done) {
      const message = wireMessageOf(mail);
      if (!message) {
        done(new SmtpFailure('permanent', 'invalid-address'));
        return;
      }
      const startedAt = performance.now();
      const useStock = (): void => stock?.send(mail, options.timeoutMs - (performance.now() - startedAt), done);
      if (!deliver(message, (outcome) => report(mail, message, outcome, done), useStock)) useStock();
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
