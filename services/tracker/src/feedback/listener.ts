import { once } from 'node:events';
import type { ReturnPaths } from '@herald/channels/feedback';
import { API, isOutage, Misconfigured } from '@herald/contracts';
import type { Log } from '@herald/service-kit';
import { SMTPServer } from 'smtp-server';
import type { TakeReport } from './email.ts';

export interface BounceListener {
  close(): Promise<void>;
}

const MAX_CLIENTS = 50;
const SILENCE_MS = 60_000;

/**
 * A mail server for bounces and for nothing else: it takes what is sent to return paths that were made here, and to the
 * address for complaints, relays nothing, and answers 250 when what was said is durable, 451 where it cannot be now.
 */
export async function startBounceListener(
  place: { readonly host: string; readonly port: number },
  returnPaths: ReturnPaths,
  take: TakeReport,
  log: Log,
): Promise<BounceListener> {
  const server = new SMTPServer({
    banner: 'bounces only',
    authOptional: true,
    // Nobody logs in. What comes is no secret: a certificate of one's own belongs on a mail server in front.
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: API.reportEmail.body.limit,
    maxClients: MAX_CLIENTS,
    socketTimeout: SILENCE_MS,
    closeTimeout: 1_000,
    onRcptTo({ address }, session, done) {
      const isOurs = address.toLowerCase() === returnPaths.complaints || returnPaths.read(address) !== undefined;
      if (!isOurs) done(refusal(550, '5.1.1 there is no such mailbox here'));
      // A report is about one message: a second one comes by itself.
      else if (session.envelope.rcptTo.length > 0) done(refusal(452, '4.5.3 too many recipients'));
      else done();
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        if (size <= API.reportEmail.body.limit) chunks.push(chunk);
      });
      stream.on('end', () => {
        if (stream.sizeExceeded || size > API.reportEmail.body.limit) {
          done(refusal(552, '5.3.4 too large for a report'));
          return;
        }
        const recipients = envelope.rcptTo.map(({ address }) => address);
        take(Buffer.concat(chunks, size), { recipients }).then(
          () => done(null, '2.0.0 taken'),
          (error: unknown) => {
            if (!isOutage(error)) log.error({ err: error }, 'a report by email failed by a bug');
            done(refusal(451, '4.3.0 not possible at the moment'));
          },
        );
      });
    },
  });
  // What a client does to its connection is its own affair.
  server.on('error', (error: Error) => log.debug({ err: error }, 'a connection for bounces broke'));
  server.listen(place.port, place.host);
  await once(server.server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new Misconfigured(`HERALD_BOUNCE_SMTP_PORT ${place.port} cannot be listened on: ${error.code ?? 'unknown'}`);
  });
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}

const refusal = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });
