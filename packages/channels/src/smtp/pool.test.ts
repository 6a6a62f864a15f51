import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { startScriptedServer, type Script, type ScriptedServer } from '../testing/smtp-script.ts';
import { openSession } from './handshake.ts';
import { parseSmtpUrl, type SmtpOptions } from './options.ts';
import { createPool } from './pool.ts';
import type { Outcome } from './transaction.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(change: Partial<SmtpOptions> = {}, script: Script = {}) {
  const server = await startScriptedServer(script);
  const options = { ...parseSmtpUrl(server.url, { connections: 4, timeoutMs: 5_000 }), ...change };
  const pool = createPool({ options, open: () => openSession(options) });
  closing.push(
    () => server.close(),
    () => pool.close(),
  );
  const send = (): Promise<Outcome | 'unsuitable'> =>
    new Promise((resolve) => {
      const message = { from: 'accounts@example.com', to: ['ada@example.net'], content: 'Subject: x\r\n\r\nx\r\n' };
      pool.submit({ message, done: resolve, unsuitable: () => resolve('unsuitable') });
    });
  return { server, pool, send };
}

const quits = (server: ScriptedServer): number => server.commands.filter((line) => line === 'QUIT').length;
const accepted = { kind: 'accepted' };

test('connections are opened as they are needed, and no more than there may be', async () => {
  const { server, send } = await start();
  await send();
  expect(server.connections.total).toBe(1);
  const outcomes = await Promise.all(Array.from({ length: 40 }, send));
  for (const outcome of outcomes) expect(outcome).toMatchObject(accepted);
  expect(server.connections.most).toBeLessThanOrEqual(4);
  expect(server.accepted).toHaveLength(41);
});

test('a connection is closed after as many messages as it may send', async () => {
  const { server, send } = await start({ maxMessages: 2, connections: 1 });
  for (let at = 0; at < 5; at++) expect(await send()).toMatchObject(accepted);
  expect(server.connections.total).toBe(3);
  expect(quits(server)).toBe(2);
});

test('a connection that is not used is closed, and the next message opens another', async () => {
  const { server, send } = await start({ idleMs: 30 });
  await send();
  await eventually('the connection is closed', () => server.connections.now === 0);
  expect(quits(server)).toBe(1);
  expect(await send()).toMatchObject(accepted);
  expect(server.connections.total).toBe(2);
});

test('a connection that was at work when its time was over is closed when it is idle again', async () => {
  const { server, send } = await start({ idleMs: 30 }, { dot: { wait: true } });
  const outcome = send();
  await eventually('the message waits', () => server.waiting.now === 1);
  const over = performance.now() + 60;
  await eventually('its time is over', () => performance.now() > over);
  server.script = {};
  server.release();
  expect(await outcome).toMatchObject(accepted);
  await eventually('the connection is closed', () => server.connections.now === 0);
  expect(quits(server)).toBe(1);
});

test('every message hears of a server that is down, and none of an attempt that began before it', async () => {
  const { server, send } = await start({}, { greeting: { ending: 'close' } });
  const failed = { kind: 'failed', failure: { kind: 'transient', code: 'connection-lost' } };
  for (const outcome of await Promise.all(Array.from({ length: 20 }, send))) expect(outcome).toMatchObject(failed);
  server.script = {};
  for (const outcome of await Promise.all(Array.from({ length: 20 }, send))) expect(outcome).toMatchObject(accepted);
});

test('a server that does not pipeline gets none of the messages', async () => {
  const { server, send } = await start({}, { EHLO: { reply: ['250-test', '250 SIZE 1000'] } });
  expect(await Promise.all([send(), send()])).toEqual(['unsuitable', 'unsuitable']);
  expect(server.commands.filter((line) => line.startsWith('MAIL'))).toEqual([]);
});

test('closing says QUIT, waits for no answer to it without end, and can be repeated', async () => {
  const { server, pool, send } = await start({}, { QUIT: { ending: 'hang' } });
  await Promise.all([send(), send()]);
  await pool.close();
  await eventually('no connection is left', () => server.connections.now === 0);
  expect(quits(server)).toBe(server.connections.total);
  await pool.close();
  expect(await send()).toMatchObject({ kind: 'failed', failure: { code: 'provider-closed' } });
});
