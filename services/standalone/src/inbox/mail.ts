import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { Arrival, Kept } from './kept.ts';
import { HERE, type LocalServer } from './local-server.ts';

const MAX_MESSAGE_BYTES = 5 * 1024 * 1024;

/** A real SMTP server that keeps what it receives. */
export async function startMailServer(kept: Kept, place = HERE): Promise<LocalServer> {
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
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        const to = rcptTo.map((recipient) => recipient.address);
        const content = Buffer.concat(chunks);
        kept.add('email', { from, to }, () => parse(content));
        done();
      });
    },
  });
  server.listen(place.port, place.host);
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    settings: { smtpUrl: `smtp://${place.name}:${port}` },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function parse(content: Buffer): Promise<Arrival<'email'>> {
  const mail = await simpleParser(content, { skipImageLinks: true });
  return {
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
