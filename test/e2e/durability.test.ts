import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createClient, unique, type Client } from '../support/client.ts';
import { startMailServer } from '../support/mail-server.ts';
import { ADMIN_KEY, startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

const MAIN = new URL('../../services/standalone/src/main.ts', import.meta.url).pathname;

let herald: Herald | undefined;
const children: ChildProcess[] = [];
const folders: string[] = [];
afterEach(async () => {
  await herald?.dispose();
  herald = undefined;
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const dead = once(child, 'close');
    child.kill('SIGKILL');
    await dead;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Process {
  readonly child: ChildProcess;
  readonly exit: Promise<unknown[]>;
  readonly errors: () => string;
  readonly client: Promise<Client>;
}

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-test-'));
  folders.push(folder);
  return folder;
};

/** Herald as its own process, as anybody would start it. */
function spawnHerald(data: string, env: Record<string, string> = {}): Process {
  const child = fork(MAIN, [], {
    execArgv: [],
    silent: true,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      HERALD_PORT: '0',
      HERALD_DATA: data,
      HERALD_ADMIN_KEY: ADMIN_KEY,
      HERALD_LOG_LEVEL: 'error',
      ...env,
    },
  });
  children.push(child);
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exit = once(child, 'exit');
  const client = once(child, 'message').then(([message]) => {
    const { url, adminKey } = message as { url: string; adminKey: string };
    return createClient(url, adminKey);
  });
  return { child, exit, errors: () => errors, client };
}

describe('202 means durable', () => {
  test.each(['insert', 'publish', 'confirm'])('no answer before the %s is on disk', async (step) => {
    const reached = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    let answered = false;
    const hold = async (here: string): Promise<void> => {
      if (here !== step) return;
      reached.resolve();
      await release.promise;
    };
    herald = await startHerald(
      {},
      {
        bus: (bus) => ({
          ...bus,
          failed: bus.failed,
          async publish(records) {
            if (records.some(({ topic }) => topic.endsWith('.resolved'))) await hold('publish');
            return bus.publish(records);
          },
        }),
        store: (store) => ({
          ...store,
          failed: store.failed,
          executions: {
            ...store.executions,
            insert: (records) => hold('insert').then(() => store.executions.insert(records)),
            confirm: (ids) => hold('confirm').then(() => store.executions.confirm(ids)),
          },
        }),
      },
    );
    const campaignId = await herald.campaign();
    const answer = herald.trigger(campaignId).finally(() => (answered = true));
    await reached.promise;
    // Other requests go through meanwhile, so an answer would have had the time to come.
    for (let other = 0; other < 20; other += 1) await herald.call('GET', '/health/live');
    expect(answered).toBe(false);
    release.resolve();
    expect((await answer).status).toBe(202);
  });

  test('what was answered with 202 is sent after kill -9', async () => {
    const mail = await startMailServer();
    let letGo = (): void => {};
    mail.hold = new Promise((resolve) => (letGo = resolve));
    const data = newFolder();
    const env = {
      HERALD_SMTP_URL: mail.url,
      HERALD_LEASE_MS: '2000',
      HERALD_PROVIDER_TIMEOUT_MS: '1500',
      HERALD_LADDER_MS: '100,500',
      HERALD_RETRY_MS: '100,500',
    };
    const first = spawnHerald(data, env);
    const client = await first.client;
    const campaignId = await client.campaign();
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.trigger(campaignId)));
    first.child.kill('SIGKILL');
    await first.exit;
    mail.hold = undefined;
    letGo();
    const again = await spawnHerald(data, env).client;
    for (const { body } of answers) expect((await again.finalMessage(body.executionId)).state).toBe('sent');
    const received = new Set(mail.received);
    expect(answers.filter(({ body }) => !received.has(`${body.executionId}.0`))).toEqual([]);
    await mail.close();
  }, 60_000);

  test('a full disk is a 503, and nothing that was accepted is lost', async () => {
    herald = await startHerald({ HERALD_MAX_DATA_MB: '4' });
    const campaignId = await herald.campaign();
    const accepted: string[] = [];
    const fill = async (): Promise<number> => {
      const { status, headers, body } = await herald!.trigger(campaignId, {
        context: { unused: 'x'.repeat(100_000) },
      });
      if (status === 202) accepted.push(body.executionId);
      else expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      return status;
    };
    const status = await until('the disk is full', async () => {
      const answered = await fill();
      return answered === 202 ? undefined : answered;
    });
    expect(status).toBe(503);
    expect(accepted.length).toBeGreaterThan(5);
    herald = await herald.restart({});
    for (const executionId of accepted) expect((await herald.finalMessage(executionId)).state).toBe('sent');
  }, 60_000);
});

describe('the data', () => {
  test('is found again by a second start', async () => {
    herald = await startHerald();
    const campaignId = await herald.campaign();
    const { body } = await herald.trigger(campaignId);
    await herald.finalMessage(body.executionId);
    herald = await herald.restart();
    expect((await herald.finalMessage(body.executionId)).state).toBe('sent');
    expect((await herald.trigger(campaignId)).status).toBe(202);
  });

  test('is refused to a second process, with a line that says so', async () => {
    const data = newFolder();
    const first = spawnHerald(data);
    await first.client;
    const second = spawnHerald(data);
    expect((await second.exit)[0]).not.toBe(0);
    expect(second.errors()).toMatch(/herald\.db/);
    expect(second.errors()).toMatch(/another process/i);
    expect(second.errors().trim().split('\n')).toHaveLength(1);
  });

  test('that is not ours is refused and left as it is', async () => {
    const data = newFolder();
    const file = join(data, 'herald.db');
    writeFileSync(file, 'my diary '.repeat(1_000));
    const before = statSync(file);
    const started = spawnHerald(data);
    expect((await started.exit)[0]).not.toBe(0);
    expect(started.errors()).toMatch(/herald\.db/);
    expect(statSync(file)).toMatchObject({ size: before.size, mtimeMs: before.mtimeMs });
  });
});

test('a wrong setting stops the start with its name and an example', async () => {
  const started = spawnHerald(newFolder(), { HERALD_PORT: 'eighty', HERALD_SMTP_URL: 'http://x' });
  expect((await started.exit)[0]).not.toBe(0);
  expect(started.errors()).toMatch(/HERALD_PORT.*8080/);
  expect(started.errors()).toMatch(/HERALD_SMTP_URL/);
});

describe('the end of a process', () => {
  test('on SIGTERM: finishes what is in flight, and exits 0', async () => {
    const mail = await startMailServer();
    const data = newFolder();
    const first = spawnHerald(data, { HERALD_SMTP_URL: mail.url });
    const client = await first.client;
    const campaignId = await client.campaign();
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => client.trigger(campaignId, { requestId: unique('stop') })),
    );
    first.child.kill('SIGTERM');
    expect(await first.exit).toEqual([0, null]);
    const again = await spawnHerald(data, { HERALD_SMTP_URL: mail.url }).client;
    for (const { body } of answers) expect((await again.finalMessage(body.executionId)).state).toBe('sent');
    // Nothing was in doubt at the end, so nothing was sent twice.
    expect(new Set(mail.received).size).toBe(200);
    expect(mail.received).toHaveLength(200);
    await mail.close();
  }, 60_000);

  test.each(['log', 'consumer'])('when the %s dies: readiness turns red, and the process ends', async (what) => {
    const child = fork(new URL('../support/dying.ts', import.meta.url).pathname, [], {
      execArgv: [],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        HERALD_PORT: '0',
        HERALD_DATA: newFolder(),
        HERALD_ADMIN_KEY: ADMIN_KEY,
        HERALD_LOG_LEVEL: 'silent',
      },
    });
    children.push(child);
    const exit = once(child, 'exit');
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    child.send({ kill: what });
    await until('readiness is red', async () => {
      const status = await fetch(`${url}/health/ready`).then(
        (response) => response.status,
        () => 0,
      );
      return status === 503 || undefined;
    });
    expect((await exit)[0]).toBe(1);
  });
});
