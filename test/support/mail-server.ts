import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A real SMTP server that counts what it accepted, by Message-ID. */
export interface MailServer {
  readonly url: string;
  /** The Message-ID's part before the @ (Herald's message id), once per acceptance, in the order of arrival. */
  readonly received: string[];
  /** When each of these arrived, `performance.now()`. */
  readonly arrivedAt: number[];
  /** Connections that are open, and the most that there ever were. */
  readonly connections: { open: number; most: number };
  /** When set, each MAIL FROM is answered with it. */
  refuseWith: { code: number; text: string } | undefined;
  /** When set, each message is answered with it instead of being accepted. */
  answerData: { code: number; text: string } | undefined;
  /** When set, a message's acceptance waits for it. */
  hold: Promise<void> | undefined;
  /** Whose messages are held; everybody's when it is not set. */
  holdFrom: string | undefined;
  close(): Promise<void>;
}

export async function startMailServer(
  options: SMTPServerOptions & { readonly port?: number } = {},
): Promise<MailServer> {
  const { port = 0, ...rest } = options;
  const received: string[] = [];
  const arrivedAt: number[] = [];
  const connections = { open: 0, most: 0 };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    // A sender that is still there keeps its connections open; nobody waits for them.
    closeTimeout: 500,
    onConnect(_session, done) {
      connections.open += 1;
      connections.most = Math.max(connections.most, connections.open);
      done();
    },
    onClose() {
      connections.open -= 1;
    },
    onMailFrom(_address, _session, done) {
      const { refuseWith } = mail;
      if (refuseWith === undefined) done();
      else done(Object.assign(new Error(refuseWith.text), { responseCode: refuseWith.code }));
    },
    onData(stream, { envelope: { mailFrom } }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const sender = mailFrom === false ? '' : mailFrom.address;
        const held = mail.holdFrom === undefined || mail.holdFrom === sender;
        void ((held ? mail.hold : undefined) ?? Promise.resolve()).then(() => {
          const { answerData } = mail;
          if (answerData !== undefined) {
            done(Object.assign(new Error(answerData.text), { responseCode: answerData.code }));
            return;
          }
          const head = Buffer.concat(chunks).toString('latin1', 0, 4_096);
          arrivedAt.push(performance.now());
          received.push(/^message-id:\s*<([^@>]+)/im.exec(head)?.[1] ?? '');
          done();
        });
      });
    },
    ...rest,
  });
  server.on('error', () => {});
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  const mail: MailServer = {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    received,
    arrivedAt,
    connections,
    refuseWith: undefined,
    answerData: undefined,
    hold: undefined,
    holdFrom: undefined,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return mail;
}
