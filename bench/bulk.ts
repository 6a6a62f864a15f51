import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { perMessage, usageOf } from './usage.ts';

/**
 * What accepting a message costs ingress, one call at a time and a thousand per request: fsync on, nothing but ingress and
 * control in the process. Bounded: the same number of messages each way.
 */
const MESSAGES = 20_000;
const PER_REQUEST = 1_000;

const data = mkdtempSync(join(tmpdir(), 'herald-bulk-'));
const herald = fork(new URL('../services/standalone/src/main.ts', import.meta.url), ['--roles', 'ingress,control'], {
  execArgv: ['--max-semi-space-size=64'],
  env: {
    ...process.env,
    HERALD_PORT: '0',
    HERALD_DATA: data,
    HERALD_ADMIN_KEY: 'bench-key-0123456789',
    HERALD_LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
  },
});
const [{ url, adminKey }] = (await once(herald, 'message')) as [{ url: string; adminKey: string }];
const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };

async function post(path: string, body?: object): Promise<string> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}

let made = 0;
function execution(campaignId: string): object {
  made += 1;
  const context = {
    resetUrl: `https://accounts.example/reset?token=${made.toString(36).padStart(32, 'x')}&next=%2Fhome`,
    device: 'Firefox on Linux',
    order: { number: `A-${made}`, total: '129.00', currency: 'DKK' },
  };
  const recipient = { type: 'aep', namespace: 'email', userId: `user${made % 20_000}@example.com`, context };
  return { requestId: `bulk-${made}`, campaignId, recipients: [recipient] };
}

/** Sends `bodies` over so many connections, each its next one when the last is answered; every answer must be `status`. */
async function send(path: string, connections: number, bodies: readonly string[], status: number): Promise<void> {
  const pool = new Pool(url, { connections });
  const left = bodies.toReversed();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let body = left.pop(); body !== undefined; body = left.pop()) {
        const answer = await pool.request({ method: 'POST', path, headers, body });
        const text = await answer.body.text();
        if (answer.statusCode !== status || text.includes('"problem"')) throw new Error(text.slice(0, 500));
      }
    }),
  );
  await pool.close();
}

try {
  const surfaceId = await post('/v1/surfaces', { name: 'b', channel: 'email', sender: { address: 'b@bench.example' } });
  const content = { subject: 'Hi', html: '<p>Hi {{context.device}}</p>' };
  const campaignId = await post('/v1/campaigns', {
    title: 'B',
    channel: 'email',
    surfaceId,
    createProfiles: true,
    content,
  });
  await post(`/v1/campaigns/${campaignId}/activate`);
  const unitary = (count: number): string[] =>
    Array.from({ length: count }, () => JSON.stringify(execution(campaignId)));
  const bulk = (count: number): string[] =>
    Array.from({ length: count / PER_REQUEST }, () => `[${unitary(PER_REQUEST).join(',')}]`);

  const ways = [
    {
      name: 'unitary, 64 connections',
      path: '/ajo/im/executions/unitary',
      connections: 64,
      status: 202,
      make: unitary,
    },
    {
      name: `bulk, ${PER_REQUEST} each, 4 connections`,
      path: '/v1/executions',
      connections: 4,
      status: 200,
      make: bulk,
    },
  ];
  for (const { path, connections, status, make } of ways) await send(path, connections, make(5_000), status);
  for (const { name, path, connections, status, make } of ways) {
    const bodies = make(MESSAGES);
    const before = usageOf(herald.pid as number);
    const start = Date.now();
    await send(path, connections, bodies, status);
    const seconds = (Date.now() - start) / 1_000;
    const cost = perMessage(before, usageOf(herald.pid as number), MESSAGES);
    console.log(`${name}: ${Math.round(MESSAGES / seconds)} messages/s, CPU per message ${cost}`);
  }
} finally {
  const ended = once(herald, 'exit');
  herald.kill('SIGTERM');
  await ended;
  rmSync(data, { recursive: true, force: true });
}
