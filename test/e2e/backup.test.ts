import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

const RESTORE = new URL('../../script/restore', import.meta.url).pathname;
const running: Herald[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((herald) => herald.dispose()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(...args: Parameters<typeof startHerald>): Promise<Herald> {
  const herald = await startHerald(...args);
  running.push(herald);
  return herald;
}
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-restored-'));
  folders.push(folder);
  return folder;
};
const restore = (from: string, to: string) => spawnSync(RESTORE, [from, to], { encoding: 'utf8' });

describe('a backup', () => {
  test('made under load is whole: every call that was answered before it is in it, with its hashes', async () => {
    const herald = await start({ HERALD_EMAIL_CAP: '0' });
    const campaignId = await herald.campaign();
    let going = true;
    const before: { executionId: string; requestId: string }[] = [];
    const load = (async () => {
      for (let n = 0; going && n < 5_000; n += 1) {
        const answers = await Promise.all(Array.from({ length: 8 }, () => herald.trigger(campaignId)));
        for (const { status, body } of answers) if (status === 202) before.push(body);
      }
    })();
    await until('there is some load', () => before.length > 100);
    const known = [...before];
    const { status, body } = await herald.call<{ folder: string }>('POST', '/v1/backups');
    going = false;
    await load;
    expect(status).toBe(201);
    const to = newFolder();
    expect(restore(body.folder, to)).toMatchObject({ status: 0 });
    const restored = await start({ HERALD_EMAIL_CAP: '0' }, undefined, to);
    for (const { executionId } of known) {
      expect((await restored.finalMessage(executionId)).state).toBe('sent');
    }
    const search = await restored.call<{ items: unknown[] }>('GET', `/v1/executions?requestId=${known[0]?.requestId}`);
    expect(search.body.items).toHaveLength(1);
    expect((await restored.trigger(campaignId)).status).toBe(202);
  }, 60_000);

  test('is not put over data that is there', async () => {
    const herald = await start();
    const { body } = await herald.call<{ folder: string }>('POST', '/v1/backups');
    const answer = restore(body.folder, herald.dataDir);
    expect(answer.status).toBe(73);
    expect(answer.stderr).toMatch(/move that folder away/);
  });
});

describe('room for data', () => {
  test('a warning and then a 503 before the limit; what was accepted is still delivered', async () => {
    const herald = await start({ HERALD_MAX_DATA_MB: '6', HERALD_EMAIL_CAP: '0' });
    const campaignId = await herald.campaign();
    const accepted: string[] = [];
    const full = async () => {
      for (let calls = 0; calls < 5; calls += 1) {
        const { status, body } = await herald.trigger(campaignId, { context: { unused: 'x'.repeat(20_000) } });
        if (status !== 202) return body;
        accepted.push(body.executionId);
        // Slower than the looks at the room are: what comes between two of them is what the last tenth is for.
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      return undefined;
    };
    const refused = await until('calls are refused', full);
    expect(refused).toMatchObject({ status: 503, detail: expect.stringContaining('room for data') });
    expect(accepted.length).toBeGreaterThan(20);
    for (const executionId of accepted) expect((await herald.finalMessage(executionId)).state).toBe('sent');
    const ready = await herald.call<{ ready: boolean; checks: Record<string, { ok: boolean }> }>(
      'GET',
      '/health/ready',
    );
    expect(ready.status).toBe(503);
    expect(ready.body.checks['room']).toMatchObject({ ok: false });
    const metrics = await herald.metrics();
    expect(metrics).toMatch(/herald_alarms_total\{code="storage-nearly-full"\} 1/);
    expect(metrics).toMatch(/herald_storage_bytes\{kind="used"\} \d{7}/);
  }, 60_000);
});
