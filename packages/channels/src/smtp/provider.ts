import { createTransport } from 'nodemailer';
import { composeMime, messageIdOf } from '../mime.ts';
import type { Outgoing, Provider, Reply } from '../port.ts';
import { replyOf, stockFailure } from './classify.ts';
import { SmtpFailure } from './failure.ts';
import { parseSmtpUrl } from './options.ts';
import { statusOf } from './replies.ts';
import type { SentInfo } from './stock.ts';
import type { Outcome } from './transaction.ts';
import { createSmtpTransport } from './transport.ts';

export interface SmtpProviderOptions {
  /** The name that surfaces use. */
  readonly name: string;
  /**
   * `smtp://user:password@host:port` or `smtps://…`; options in the query: `tls=required|opportunistic|off`,
   * `rejectUnauthorized=false`, and nodemailer's names for the same.
   */
  readonly url: string;
  /** How many messages can be under way at once; 20 unless told, here or in the URL. */
  readonly connections?: number | undefined;
  /** Milliseconds in which a call is answered, the wait for a connection included; 20,000 unless told. */
  readonly timeoutMs?: number | undefined;
  /** Where bounces of a message go; undefined: to the surface's sender. */
  readonly returnPath?: ((messageId: string) => string | undefined) | undefined;
  /** How Herald introduces itself to the server; the host's name unless told. */
  readonly clientName?: string | undefined;
}

/**
 * An account at a mail server. Connections are opened by the first messages. Throws a `TypeError` when the URL is wrong.
 */
export function createSmtpProvider(given: SmtpProviderOptions): Provider<'email'> {
  const options = parseSmtpUrl(given.url, given);
  const transport = createSmtpTransport(options);
  // The content is composed here; nothing in it may make nodemailer read a file or a URL.
  const mailer = createTransport<SentInfo>(transport, { disableFileAccess: true, disableUrlAccess: true });

  return {
    name: given.name,
    capacity: options.connections,
    connections: transport.connections,
    send(outgoing) {
      return new Promise((resolve) => {
        try {
          const from = given.returnPath?.(outgoing.messageId) ?? outgoing.surface.sender.address;
          const to = outgoing.address;
          if (!isAddress(from) || !isAddress(to)) {
            resolve({ kind: 'permanent', code: 'invalid-address' });
            return;
          }
          const raw = composeMime(outgoing);
          const viaNodemailer = (): void => {
            // As objects, addresses are not parsed once more.
            const envelope = { from: named(from), to: [named(to)], size: raw.length };
            mailer.sendMail({ envelope, raw, messageId: messageIdOf(outgoing) }, (error, info) => {
              resolve(error ? failed(error) : accepted(outgoing, info.response ?? ''));
            });
          };
          const report = (outcome: Outcome): void => {
            if (outcome.kind === 'failed') resolve(replyOf(outcome.failure));
            else resolve(accepted(outgoing, `${outcome.reply.code} ${outcome.reply.text}`));
          };
          if (!transport.deliver({ from, to: [to], content: raw }, report, viaNodemailer)) viaNodemailer();
        } catch (error) {
          resolve(failed(error));
        }
      });
    },
    close: () => transport.close(),
  };
}

const named = (address: string) => ({ name: '', address });

/** Checked before nodemailer reads the address: it would make the best of a bad one, and send to somebody else. */
const isAddress = (address: string): boolean =>
  /^[\x21-\x7e]+$/.test(address) && /^[^<>@"(),:;[\]\\]+@[^<>@"(),:;\\]+$/.test(address);

function failed(error: unknown): Reply {
  if (error instanceof SmtpFailure) return replyOf(error);
  return replyOf(stockFailure(error instanceof Error ? error : new Error('unknown'), false));
}

const QUEUE_ID = [
  /\bqueued as <?([\w.+-]{4,80})/i,
  /\bid=([\w.+-]{4,80})/i,
  /^(?:2\.\d\.\d )?ok:? +((?=\S*\d)[\w.+-]{8,80})(?:\s|$)/i,
];

/** The server's name for the message where it gives one, else Herald's. */
function accepted({ messageId }: Outgoing<'email'>, response: string): Reply {
  const code = Number(response.slice(0, 3));
  const text = response.slice(4);
  for (const pattern of QUEUE_ID) {
    const id = pattern.exec(text)?.[1];
    if (id !== undefined) return { kind: 'accepted', providerMessageId: id, detail: statusOf({ code, text }) };
  }
  return { kind: 'accepted', providerMessageId: messageId, detail: statusOf({ code, text }) };
}
