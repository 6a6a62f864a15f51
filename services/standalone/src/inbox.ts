import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** A message as a mail server received it. */
export interface Received {
  readonly id: string;
  readonly receivedAt: string;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  /** The `Message-ID` header without brackets. */
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** As they came, in their order. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

export interface Inbox {
  /** Where to send to: `smtp://127.0.0.1:port`. */
  readonly url: string;
  /** Newest first. */
  list(limit: number): Promise<Received[]>;
  get(id: string): Promise<Received | undefined>;
  close(): Promise<void>;
}

const KEEP_MESSAGES = 500;
const MAX_MESSAGE_BYTES = 5 * 1024 * 1024;

interface Raw {
  readonly id: string;
  readonly at: Date;
  readonly from: string;
  readonly to: readonly string[];
  readonly content: Buffer;
}

/**
 * A real SMTP server on a free local port that keeps what it receives, newest first, in memory. It stands in for a
 * mail server on first runs and in test suites; what it shows came over SMTP and nowhere else.
 */
export async function startInbox(now: () => number): Promise<Inbox> {
  const kept: Raw[] = [];
  let count = 0;

  const server = new SMTPServer({
    authOptional: true,
    // Its own certificate would only make clients warn: a local server has nothing to encrypt.
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: MAX_MESSAGE_BYTES,
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        count += 1;
        const { mailFrom, rcptTo } = session.envelope;
        kept.unshift({
          id: String(count),
          at: new Date(now()),
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map((recipient) => recipient.address),
          content: Buffer.concat(chunks),
        });
        kept.length = Math.min(kept.length, KEEP_MESSAGES);
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;

  return {
    url: `smtp://127.0.0.1:${port}`,
    list: (limit) => Promise.all(kept.slice(0, limit).map(parse)),
    async get(id) {
      const raw = kept.find((one) => one.id === id);
      return raw && parse(raw);
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function parse({ id, at, from, to, content }: Raw): Promise<Received> {
  const mail = await simpleParser(content, { skipImageLinks: true });
  return {
    id,
    receivedAt: at.toISOString(),
    envelope: { from, to },
    messageId: (mail.messageId ?? '').replace(/^<|>$/g, ''),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html || '',
    headers: mail.headerLines.map(({ line }) => {
      const colon = line.indexOf(':');
      return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
    }),
  };
}
