import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { Request, Response } from 'express';
import { createBodyRoom } from './body-room.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server with room for 1,000 bytes, each request of which may have 900; it answers when it is told to. */
async function start(): Promise<{ port: number; waiting: (() => void)[] }> {
  const waiting: (() => void)[] = [];
  const enter = createBodyRoom(1_000)(900);
  server = createServer((incoming, response) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it asks no more of them than what Node's own have
    void enter(incoming as Request, response as Response, () => waiting.push(() => response.end('done')));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, waiting };
}

const post = (
  port: number,
  headers: Record<string, string>,
  path = '/',
): Promise<readonly [status: number | undefined, retryAfter: string | undefined]> =>
  new Promise((resolve, reject) => {
    const call = request({ port, host: '127.0.0.1', method: 'POST', path, headers }, (answer) => {
      answer.resume();
      resolve([answer.statusCode, answer.headers['retry-after']]);
    });
    call.on('error', reject);
    call.flushHeaders();
  });
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

test('bodies count until they are answered; what there is no room for is told when to come again', async () => {
  const { port, waiting } = await start();
  const first = post(port, { 'content-length': '600' });
  await until(() => waiting.length === 1);
  expect(await post(port, { 'content-length': '401' })).toEqual([503, '1']);
  const second = post(port, { 'content-length': '400' });
  await until(() => waiting.length === 2);
  for (const answer of waiting) answer();
  expect(await Promise.all([first, second])).toEqual([
    [200, undefined],
    [200, undefined],
  ]);
  const third = post(port, { 'content-length': '900' });
  await until(() => waiting.length === 3);
  waiting[2]?.();
  expect(await third).toEqual([200, undefined]);
});

test('one without a length counts as the longest', async () => {
  const { port, waiting } = await start();
  void post(port, { 'transfer-encoding': 'chunked' }).catch(() => undefined);
  await until(() => waiting.length === 1);
  expect(await post(port, { 'content-length': '101' })).toEqual([503, '1']);
  // Nor does a wrong one make room.
  expect(await post(port, { 'content-length': '99999' })).toEqual([503, '1']);
});

test('a sender that goes away gives its room back', async () => {
  const { port, waiting } = await start();
  const gone = request({ port, host: '127.0.0.1', method: 'POST', path: '/', headers: { 'content-length': '900' } });
  gone.on('error', () => {});
  gone.flushHeaders();
  await until(() => waiting.length === 1);
  gone.destroy();
  let answer: Awaited<ReturnType<typeof post>> = [503, undefined];
  while (answer[0] === 503) {
    const next = post(port, { 'content-length': '500' });
    await Promise.race([next, until(() => waiting.length === 2)]);
    waiting[1]?.();
    answer = await next;
  }
  expect(answer[0]).toBe(200);
});

test('who has gone before it comes to that takes no room', async () => {
  const enter = createBodyRoom(1_000)(900);
  const entered: string[] = [];
  server = createServer((incoming, response) => {
    // As where its key is looked up first, and that takes a while.
    response.once('close', () => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it asks no more of them than what Node's own have
      void enter(incoming as Request, response as Response, () => entered.push('gone'));
      entered.push('closed');
    });
    if (incoming.url === '/stays') {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it asks no more of them than what Node's own have
      void enter(incoming as Request, response as Response, () => response.end('done'));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const goes = request({ port, host: '127.0.0.1', method: 'POST', path: '/', headers: { 'content-length': '900' } });
  goes.on('error', () => undefined).flushHeaders();
  await once(server, 'request');
  goes.destroy();
  await until(() => entered.length > 0);
  expect(entered).toEqual(['closed']);
  expect(await post(port, { 'content-length': '800' }, '/stays')).toEqual([200, undefined]);
});
