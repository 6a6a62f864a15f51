import type { MailMessage } from 'nodemailer';
import SMTPPool, { type SMTPPoolSentMessageInfo } from 'nodemailer/lib/smtp-pool';
import { stockFailure } from './classify.ts';
import type { SmtpOptions } from './options.ts';
import type { SmtpFailure } from './failure.ts';

/** As nodemailer's own SMTP transports say it. */
export type SentInfo = SMTPPoolSentMessageInfo;
/** The failure, or null: then the message was accepted. */
export type Done = (error: SmtpFailure | null, info?: SentInfo) => void;

/** Nodemailer's own pooled client, with the same failures as the pipelining one. */
export interface StockPool {
  send(mail: MailMessage<SentInfo>, timeoutMs: number, done: Done): void;
  close(): Promise<void>;
}

export function createStockPool(options: SmtpOptions): StockPool {
  const { host, port, tls, auth, serverName, rejectUnauthorized } = options;
  const pool = new SMTPPool({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'off',
    tls: { rejectUnauthorized, ...(serverName === undefined ? {} : { servername: serverName }) },
    auth,
    name: options.clientName,
    maxConnections: options.connections,
    maxMessages: options.maxMessages,
    maxRequeues: 1,
    idleTimeout: options.idleMs,
    connectionTimeout: options.connectMs,
    greetingTimeout: options.connectMs,
    socketTimeout: options.timeoutMs,
  });
  let underWay = 0;
  let onEmpty: (() => void) | undefined;

  return {
    send(mail, timeoutMs, done) {
      underWay += 1;
      const abort = new AbortController();
      const timer = setTimeout(() => abort.abort(), Math.max(timeoutMs, 1));
      mail.data.signal = abort.signal;
      const handedOver = watchContent(mail);
      pool.send(mail, (error, info) => {
        clearTimeout(timer);
        underWay -= 1;
        done(error ? stockFailure(error, handedOver()) : null, info);
        if (underWay === 0) onEmpty?.();
      });
    },
    async close() {
      pool.close();
      if (underWay > 0) await new Promise<void>((resolve) => (onEmpty = resolve));
    },
  };
}

/**
 * Whether the whole content was read by the connection. The final dot follows at once, so from then on the message may
 * have been accepted; before, it cannot have been.
 */
function watchContent({ message }: MailMessage<SentInfo>): () => boolean {
  const create = message.createReadStream.bind(message);
  let ended = false;
  message.createReadStream = (streamOptions) => {
    const stream = create(streamOptions);
    ended = false;
    stream.once('end', () => (ended = true));
    return stream;
  };
  return () => ended;
}
