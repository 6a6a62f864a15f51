import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createGateway } from './gateway.ts';

const servers: Server[] = [];
async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers with what it was asked. */
const echo = (name: string): Promise<string> =>
  listen(
    createServer((incoming, outgoing) => {
      const { method, url, headers } = incoming;
      void text(incoming).then((body) =>
        outgoing.writeHead(202, { 'retry-after': '7' }).end(JSON.stringify({ name, method, url, headers, body })),
      );
    }),
  );

let gateway: string;
beforeEach(async () => {
  const ingress = await echo('ingress');
  const control = await echo('control');
  // Nobody listens there.
  gateway = `http://${await listen(createGateway({ ingress, control, tracker: await echo('tracker'), inbox: '127.0.0.1:1' }))}`;
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

test.each([
  ['POST', '/ajo/im/executions/unitary', 'ingress'],
  ['GET', '/ajo/im/health', 'ingress'],
  ['POST', '/v1/executions?x=1', 'ingress'],
  ['GET', '/v1/executions', 'control'],
  ['GET', '/v1/executions/HUMA-1', 'control'],
  ['GET', '/ajo/imp', 'control'],
  ['GET', '/v1/inboxes', 'control'],
  ['POST', '/feedback/email/dsn', 'tracker'],
  ['POST', '/feedback/sms/twilio?message=HUMA-1.0', 'tracker'],
  ['POST', '/feedbacks', 'control'],
  ['GET', '/health/ready', 'control'],
])('%s %s goes to %s', async (method, path, name) => {
  const response = await fetch(gateway + path, { method });
  expect(response.status).toBe(202);
  expect(response.headers.get('retry-after')).toBe('7');
  expect(await response.json()).toMatchObject({ name, method, url: path });
});

test('hands on body and headers as they came, but what concerns one connection', async () => {
  const body = `{"text":"Ærøskøbing ${'x'.repeat(300_000)}"}`;
  const onward = request(`${gateway}/ajo/im/executions/unitary`, {
    method: 'POST',
    headers: { authorization: 'Bearer k', host: 'herald.example', connection: 'keep-alive, x-mine', 'x-mine': '1' },
  });
  onward.end(body);
  const [response] = (await once(onward, 'response')) as [IncomingMessage];
  const seen = JSON.parse(await text(response)) as { body: string; headers: Record<string, string> };
  expect(seen.body).toBe(body);
  expect(seen.headers).toMatchObject({
    authorization: 'Bearer k',
    host: 'herald.example',
    'x-forwarded-for': '127.0.0.1',
  });
  expect(seen.headers).not.toHaveProperty('x-mine');
});

test('says that the same call may come again when nobody answers', async () => {
  const response = await fetch(`${gateway}/v1/inbox`);
  expect(response.status).toBe(503);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('retry-after')).toBe('5');
});
