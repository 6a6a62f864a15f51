import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Conservation } from '@herald/contracts';
import { recipient, type Client } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

/** The index of endings may be behind for so long, and the sweeper waits for so long after a deadline. */
const GRACE_MS = 3_000;

let herald: Herald;
let mail: MailServer;
beforeEach(async () => {
  mail = await startMailServer();
  herald = await startHerald({ HERALD_SMTP_URL: mail.url, HERALD_SWEEP_GRACE_MS: String(GRACE_MS) });
});
afterEach(async () => {
  await herald.dispose();
  await mail.close();
});

const account = async (query: Record<string, string> = {}, client: Client = herald): Promise<Conservation> => {
  const { status, body } = await client.call<Conservation>(
    'GET',
    `/v1/audit/conservation?${new URLSearchParams(query).toString()}`,
  );
  expect(status).toBe(200);
  const { accepted, final, inFlight, withoutEnding } = body;
  const ended = Object.values(final).reduce((sum, count) => sum + count, 0);
  expect(accepted).toBe(ended + inFlight.count + withoutEnding);
  return body;
};

async function send(count: number, campaignId: string): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const { status, body } = await herald.trigger(campaignId, { recipients: [recipient(), recipient()] });
    expect(status).toBe(202);
    ids.push(`${body.executionId}.0`, `${body.executionId}.1`);
  }
  return ids;
}

/** Everything is final, and the index has it. */
const settled = (accepted: number): Promise<Conservation> =>
  until('all are final', async () => {
    const found = await account();
    return found.accepted === accepted && found.inFlight.count === 0 && found.notIndexed === 0 ? found : undefined;
  });

/** What nobody does to Herald's file, while Herald does not have it. */
async function tamper(sql: string, ...values: string[]): Promise<void> {
  await herald.stop();
  const db = new DatabaseSync(join(herald.dataDir, 'herald.db'));
  expect(db.prepare(sql).run(...values).changes).toBeGreaterThan(0);
  db.close();
  herald = await herald.restart();
}

describe('the account of what was accepted', () => {
  test('is balanced after traffic, for the time that is asked for, page by page, and in its own sandbox', async () => {
    const before = new Date(Date.now() - 1_000).toISOString();
    const campaignId = await herald.campaign();
    await send(3, campaignId);
    await settled(6);
    mail.refuseWith = { code: 550, text: 'no' };
    await send(2, campaignId);
    const whole = await settled(10);
    expect(whole).toMatchObject({
      final: { sent: 6, failed: 4, excluded: 0, expired: 0, dead: 0 },
      inFlight: { count: 0, topics: [] },
      unbalanced: { count: 0, items: [] },
      unconfirmed: 0,
    });
    expect(whole.next).toBeUndefined();
    expect(await account({ to: before })).toMatchObject({ accepted: 0 });
    expect(await account({ from: before })).toMatchObject({ accepted: 10 });
    const { body } = await herald.call<{ key: string }>('POST', '/v1/keys', {
      name: 'other',
      sandbox: 'other',
      scopes: ['read'],
    });
    expect(await account({}, herald.as(body.key))).toMatchObject({ accepted: 0, unbalanced: { count: 0 } });
    for (const cursor of ['x', 'MQ', Buffer.from('counted x').toString('base64url')]) {
      expect((await herald.call('GET', `/v1/audit/conservation?cursor=${cursor}`)).status).toBe(400);
    }
  });

  test('shows what is in flight, where, and for how long, while the provider hangs', async () => {
    let release = (): void => {};
    mail.hold = new Promise((resolve) => (release = resolve));
    const campaignId = await herald.campaign({ timeToLive: 600 });
    const ids = await send(2, campaignId);
    const held = await until('both are claimed', async () => {
      const found = await account();
      return found.inFlight.topics.some(({ state }) => state !== 'accepted') ? found : undefined;
    });
    expect(held).toMatchObject({ accepted: 4, inFlight: { count: 4 }, unbalanced: { count: 0 } });
    for (const { topic, oldest } of held.inFlight.topics) {
      expect(topic).toMatch(/^herald\.transactional\.(?:email\.|retry\.)/);
      expect(ids).toContain(oldest.messageId);
      expect(oldest.ageMs).toBeGreaterThanOrEqual(0);
    }
    mail.hold = undefined;
    release();
    expect(await settled(4)).toMatchObject({ final: { sent: 4 }, unbalanced: { count: 0 } });
  });
});

describe('what does not add up is found', () => {
  let ids: string[];
  beforeEach(async () => {
    ids = await send(2, await herald.campaign({ timeToLive: 1 }));
    await settled(4);
  });
  const [PLACE, EXECUTION] = ['replace(place, ?, ?) <> place', 'execution_id = ?'];
  /** In the index a message lies under its execution. */
  const executionOf = (messageId = ''): string => messageId.slice(0, messageId.lastIndexOf('.'));

  test('an ending that is gone from the ledger: the index has it', async () => {
    await tamper('DELETE FROM ledger WHERE id = ?', `${ids[0]}/1/1/result`);
    const found = await until('it is found', async () => {
      const now = await account();
      return now.unbalanced.count > 0 ? now : undefined;
    });
    expect(found.unbalanced.items).toContainEqual(
      expect.objectContaining({
        problem: 'index-differs',
        messageId: ids[0],
        detail: 'index sent/accepted; ledger none',
      }),
    );
    expect(JSON.stringify(found)).not.toContain('@');
  });

  test('an ending that is gone from the index: after the time in which it comes', async () => {
    await tamper(`DELETE FROM endings WHERE ${PLACE}`, executionOf(ids[0]), '');
    const { unbalanced } = await until('it is found', async () => {
      const now = await account();
      return now.unbalanced.count === 2 ? now : undefined;
    });
    expect(unbalanced.items.map(({ problem }) => problem)).toEqual(['index-missing', 'index-missing']);
  });

  test('an ending that nobody accepted', async () => {
    await tamper(`DELETE FROM executions WHERE ${EXECUTION}`, executionOf(ids[0]));
    const { unbalanced, accepted } = await account();
    expect(accepted).toBe(2);
    expect(unbalanced.items.map(({ problem, messageId }) => [problem, messageId])).toEqual([
      ['not-accepted', ids[0]],
      ['not-accepted', ids[1]],
    ]);
  });

  test('two endings in a round, and what went on after its end', async () => {
    const claim = `SELECT replace(id, '/1/1', '/1/2'), body FROM ledger WHERE id = ?`;
    await tamper(`INSERT INTO ledger (id, body) ${claim}`, `${ids[0]}/1/1`);
    expect((await account()).unbalanced.items).toMatchObject([
      { problem: 'two-endings', messageId: ids[0], detail: 'attempts after sent/accepted' },
    ]);
    await tamper(`INSERT INTO ledger (id, body) ${claim}`, `${ids[0]}/1/1/result`);
    expect((await account()).unbalanced.items).toMatchObject([
      { problem: 'two-endings', messageId: ids[0], detail: 'sent/accepted, sent/accepted' },
    ]);
  });

  test('a message of which nothing is left but that it was accepted, and a claim without an end', async () => {
    // The sweeper looks once at everything: what is taken away behind it stays away.
    await tamper("INSERT OR REPLACE INTO sweep_mark SELECT 1, max(deadline) + 1, '' FROM executions");
    await tamper('DELETE FROM ledger WHERE id >= ? AND id < ?', `${ids[0]}/`, `${ids[0]}0`);
    await tamper('DELETE FROM ledger WHERE id = ?', `${ids[3]}/1/1/result`);
    await tamper('DELETE FROM endings');
    const { unbalanced, withoutEnding } = await until(
      'both are past their deadline, and all that a sweeper may need',
      async () => {
        const now = await account();
        return now.withoutEnding === 2 ? now : undefined;
      },
      30_000,
    );
    expect(withoutEnding).toBe(2);
    expect(unbalanced.items.filter(({ problem }) => problem !== 'index-missing')).toMatchObject([
      { problem: 'open-claim', messageId: ids[3] },
      { problem: 'no-ending', messageId: ids[0] },
    ]);
    const page = await account({ limit: '1' });
    expect(new Set(page.unbalanced.items.map(({ messageId }) => messageId.slice(0, -2))).size).toBe(1);
    const rest = await account({ limit: '100', cursor: page.next ?? '' });
    expect(page.unbalanced.count + rest.unbalanced.count).toBe(unbalanced.count);
  }, 60_000);
});
