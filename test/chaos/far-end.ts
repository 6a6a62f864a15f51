import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { createDevice, createLocalCertificate } from '@herald/channels/far-end';
import type { Channel } from '@herald/contracts';
import { createGate, type GateState } from './gate.ts';
import type { Mood } from './plan.ts';

/** A message that a provider's server took, whatever became of its answer. */
export interface Receipt {
  readonly channel: Channel;
  /** What the message itself says: its id (email, push), or what the caller wrote into its text (SMS). */
  readonly ref: string;
  readonly at: number;
}

/** The servers of the three providers, as real as can be: SMTP, Twilio's API, a push service over TLS. */
export interface FarEnd {
  readonly receipts: readonly Receipt[];
  /** Where Herald finds them; `ca`: the certificate of the push service. */
  readonly ports: Readonly<Record<Channel, number>>;
  readonly ca: string;
  /** A subscription at the push service. */
  subscription(name: string): { readonly endpoint: string; readonly keys: object };
  set(channel: Channel, mood: Mood): Promise<void>;
  close(): Promise<void>;
}

/** What a server does with one message that came whole: `take` it, say so, or say that it is refused. */
type Verdict = 'accept' | 'mute' | 'drop' | 'not-now' | 'busy' | 'never';
const STORM_HITS = 0.8;
const stormOf4xx = (channel: Channel, busy: boolean): Verdict =>
  busy ? 'busy' : channel === 'email' ? 'not-now' : 'never';
const GATES: Readonly<Partial<Record<Mood, GateState>>> = { hang: 'hang', refuse: 'refuse', reset: 'reset' };

/** `chance`: a number in [0, 1) each time, from the seed. */
export async function startFarEnd(chance: () => number): Promise<FarEnd> {
  const receipts: Receipt[] = [];
  const moods: Record<Channel, Mood> = { email: 'well', sms: 'well', push: 'well' };
  const device = createDevice();
  const { key, cert } = createLocalCertificate(['127.0.0.1']);

  const judge = (channel: Channel, ref: string): Verdict => {
    const mood = moods[channel];
    if (mood === 'storm-4xx' && chance() < STORM_HITS) return stormOf4xx(channel, chance() < 0.5);
    // For good in SMTP, and for now in HTTP.
    if (mood === 'storm-5xx' && chance() < STORM_HITS) return channel === 'email' ? 'never' : 'not-now';
    receipts.push({ channel, ref, at: Date.now() });
    return mood === 'drop' ? 'drop' : mood === 'mute' ? 'mute' : 'accept';
  };

  const mail = mailServer((ref) => judge('email', ref));
  const sms = createServer(answering(({ body }) => judge('sms', refOfSms(body)), TWILIO));
  const push = createTlsServer(
    { key, cert },
    answering(({ body }) => judge('push', refOfPush(device.open(body))), PUSH),
  );
  const gates = {
    email: await createGate(await listening(mail.server)),
    sms: await createGate(await listening(sms)),
    push: await createGate(await listening(push)),
  };
  mail.cut = () => gates.email.cut();

  return {
    receipts,
    ports: { email: gates.email.port, sms: gates.sms.port, push: gates.push.port },
    ca: cert,
    subscription: (name) => ({
      endpoint: `https://127.0.0.1:${gates.push.port}/push/${name}`,
      keys: device.keys,
    }),
    async set(channel, mood) {
      const wasMute = moods[channel] === 'mute';
      moods[channel] = mood;
      await gates[channel].set(GATES[mood] ?? 'open');
      // Whoever still waits for the answer of a mute one never gets it.
      if (wasMute) gates[channel].cut();
    },
    async close() {
      for (const gate of Object.values(gates)) await gate.close();
      for (const server of [sms, push]) {
        server.closeAllConnections();
        server.close();
      }
      await new Promise<void>((resolve) => mail.smtp.close(() => resolve()));
    },
  };
}

/** Also what listens for others. */
type Listener = {
  listen(port: number, host: string): unknown;
  address(): AddressInfo | string | null;
} & NodeJS.EventEmitter;

async function listening(server: Listener): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  return (server.address() as AddressInfo).port;
}

function mailServer(judgeRef: (ref: string) => Verdict): {
  readonly smtp: SMTPServer;
  readonly server: Listener;
  cut: () => void;
} {
  const refuse = (done: (error?: Error | null) => void, responseCode: number): void =>
    done(Object.assign(new Error('not taken'), { responseCode }));
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    closeTimeout: 500,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const head = Buffer.concat(chunks).toString('latin1', 0, 4_096);
        switch (judgeRef(/^message-id:\s*<([^@>]+)/im.exec(head)?.[1] ?? '')) {
          case 'accept':
            return done();
          case 'drop':
            return mail.cut();
          case 'mute':
            return;
          case 'busy':
            return refuse(done, 450);
          case 'not-now':
            return refuse(done, 451);
          case 'never':
            return refuse(done, 550);
        }
      });
    },
  });
  smtp.on('error', () => {});
  const mail = { smtp, server: smtp.server, cut: () => {} };
  return mail;
}

interface Answers {
  readonly accept: () => Answered;
  readonly busy: Answered;
  readonly never: Answered;
  readonly 'not-now': Answered;
}
interface Answered {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

let queued = 0;
const TWILIO: Answers = {
  accept: () => ({ status: 201, body: { sid: `SM${String((queued += 1)).padStart(32, '0')}`, status: 'queued' } }),
  busy: { status: 429, headers: { 'retry-after': '1' }, body: { status: 429, code: 20_429, message: 'no' } },
  never: { status: 400, body: { status: 400, code: 21_211, message: 'no' } },
  'not-now': { status: 503, body: { status: 503, code: 20_500, message: 'no' } },
};
const PUSH: Answers = {
  accept: () => ({ status: 201, headers: { location: `https://push.example/m/${(queued += 1)}` } }),
  busy: { status: 429, headers: { 'retry-after': '1' } },
  never: { status: 400 },
  'not-now': { status: 500 },
};

function answering(judgeRequest: (request: { readonly body: Buffer }) => Verdict, answers: Answers): RequestListener {
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const verdict = judgeRequest({ body: Buffer.concat(chunks) });
    if (verdict === 'mute') return;
    if (verdict === 'drop') return void response.destroy();
    const { status, headers, body } = verdict === 'accept' ? answers.accept() : answers[verdict];
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body && JSON.stringify(body));
  };
  return (incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  };
}

/** Texts say `ref=…;`. */
const refOfSms = (body: Buffer): string =>
  /ref=([\w.-]+);/.exec(new URLSearchParams(body.toString()).get('Body') ?? '')?.[1] ?? '';

function refOfPush(payload: Buffer): string {
  const { messageId }: { messageId?: string } = JSON.parse(payload.toString());
  return messageId ?? '';
}
