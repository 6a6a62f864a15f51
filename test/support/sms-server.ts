import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server in Twilio's place: it takes messages, and answers as it is told. */
export interface SmsServer {
  /** The settings with which Herald sends here. */
  readonly settings: Readonly<Record<string, string>>;
  /** What arrived, in its order: number and text. */
  readonly received: { readonly to: string; readonly body: string }[];
  /** Instead of 201 with an SID. `silent`: the request is taken and never answered. */
  answer:
    | { readonly status: number; readonly code?: number; readonly headers?: Record<string, string> }
    | 'silent'
    | undefined;
  close(): Promise<void>;
}

export async function startSmsServer(): Promise<SmsServer> {
  const received: SmsServer['received'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      received.push({ to: form.get('To') ?? '', body: form.get('Body') ?? '' });
      const { answer } = sms;
      if (answer === 'silent') return;
      const status = answer?.status ?? 201;
      response.writeHead(status, { 'content-type': 'application/json', ...answer?.headers });
      const sid = `SM${String(received.length).padStart(32, '0')}`;
      response.end(JSON.stringify(answer === undefined ? { sid, status: 'queued' } : { code: answer.code, status }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sms: SmsServer = {
    settings: {
      HERALD_TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
      HERALD_TWILIO_AUTH_TOKEN: 'a-token-for-tests-only',
      HERALD_TWILIO_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
    received,
    answer: undefined,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return sms;
}
