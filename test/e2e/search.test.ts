import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MessageView } from '@herald/contracts';
import { recipient, unique } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
let mail: MailServer;
let release = (): void => {};
/** Every message that was accepted: the newest call first, each call's in its order. */
const all: {
  readonly messageId: string;
  readonly campaignId: string;
  readonly at: number;
  state: string;
  reason?: string;
}[] = [];
let first: string;
let second: string;

const suppressed = `${unique('suppressed')}@example.com`;
const excluded = () =>
  recipient({ namespace: 'crm', userId: unique('person'), channelData: { emailAddress: suppressed } });

interface Wanted {
  readonly calls: number;
  readonly recipients?: () => object[];
  readonly state: string;
  readonly reason?: string;
}
/** Makes calls, and waits until their messages are as wanted. */
async function make(
  campaignId: string,
  { calls, recipients = () => [recipient()], state, reason }: Wanted,
): Promise<void> {
  for (let call = 0; call < calls; call += 1) {
    const { body } = await herald.trigger(campaignId, { recipients: recipients() });
    const { messages } = await until(`${body.executionId} is ${state}`, async () => {
      const answer = await herald.call<{ messages: MessageView[] }>('GET', `/v1/executions/${body.executionId}`);
      return answer.body.messages.every((message) => message.state === state) ? answer.body : undefined;
    });
    const at = Date.parse(messages[0]?.acceptedAt ?? '');
    const made = messages.map(({ messageId }) => ({ messageId, campaignId, at, state, ...(reason && { reason }) }));
    all.unshift(...made);
  }
}

beforeAll(async () => {
  mail = await startMailServer();
  herald = await startHerald({
    HERALD_SMTP_URL: mail.url,
    HERALD_LADDER_MS: '60000',
    HERALD_RETRY_MS: '60000',
    // What is held by the server is being sent for as long as the suite looks.
    HERALD_PROVIDER_TIMEOUT_MS: '120000',
    HERALD_LEASE_MS: '180000',
    HERALD_SWEEP_GRACE_MS: '300000',
  });
  await herald.call('POST', '/v1/suppressions', { channel: 'email', address: suppressed, reason: 'asked' });
  first = await herald.campaign();
  second = await herald.campaign();
  const three = (): object[] => [recipient(), recipient(), recipient()];
  await make(first, { calls: 2, recipients: three, state: 'sent', reason: 'accepted' });
  await make(second, { calls: 3, state: 'sent', reason: 'accepted' });
  await make(first, { calls: 3, recipients: () => [excluded()], state: 'excluded', reason: 'suppressed' });
  mail.refuseWith = { code: 550, text: 'no' };
  await make(second, { calls: 2, state: 'failed', reason: 'smtp-550' });
  mail.refuseWith = { code: 451, text: 'later' };
  await make(second, { calls: 5, state: 'retrying', reason: 'smtp-451' });
  mail.refuseWith = undefined;
  await make(first, { calls: 1, state: 'sent', reason: 'accepted' });
  mail.hold = new Promise((resolve) => (release = resolve));
  await make(first, { calls: 2, state: 'sending' });
  const failed = all.find(({ state }) => state === 'failed');
  const view = (await herald.call<MessageView>('GET', `/v1/messages/${failed?.messageId}`)).body;
  for (const one of all) if (one.state === 'failed') one.reason = view.reason ?? '';
  for (const one of all.filter(({ state }) => state === 'retrying')) {
    one.reason = (await herald.call<MessageView>('GET', `/v1/messages/${one.messageId}`)).body.reason ?? '';
  }
  // The index of endings follows the ledger.
  const ended = all.filter(({ state }) => ['sent', 'failed', 'excluded'].includes(state));
  await until('every ending is found', async () => {
    const found = await Promise.all(['sent', 'failed', 'excluded'].map((state) => search({ state }, 100)));
    return found.flat().length === ended.length ? true : undefined;
  });
}, 60_000);
afterAll(async () => {
  release();
  await herald.dispose();
  await mail.close();
});

/** Every page of a search, as ids. */
async function search(query: Readonly<Record<string, string>>, limit = 2): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined, pages = 0; pages < 100; pages += 1) {
    const asked = new URLSearchParams({ ...query, limit: String(limit), ...(cursor && { cursor }) });
    const { status, body } = await herald.call<{ items: MessageView[]; next?: string }>(
      'GET',
      `/v1/messages?${asked.toString()}`,
    );
    expect([status, body.items.length <= limit]).toEqual([200, true]);
    ids.push(...body.items.map(({ messageId }) => messageId));
    cursor = body.next;
    if (cursor === undefined) return ids;
  }
  throw new Error('the search has no end');
}

const idsOf = (wanted: (one: (typeof all)[number]) => boolean): string[] =>
  all.filter(wanted).map(({ messageId }) => messageId);

describe('messages', () => {
  test.each(['sent', 'failed', 'excluded', 'retrying', 'sending', 'dead', 'accepted'])('that are %s', async (state) => {
    for (const limit of [1, 2, 100]) {
      expect(await search({ state }, limit)).toEqual(idsOf((one) => one.state === state));
    }
  });

  test('by state and campaign, and by reason with either or none', async () => {
    for (const campaignId of [first, second]) {
      for (const state of ['sent', 'failed', 'retrying']) {
        const expected = idsOf((one) => one.state === state && one.campaignId === campaignId);
        expect([state, await search({ state, campaignId })]).toEqual([state, expected]);
      }
      const suppressedOnes = idsOf((one) => one.reason === 'suppressed' && one.campaignId === campaignId);
      expect(await search({ reason: 'suppressed', campaignId })).toEqual(suppressedOnes);
    }
    expect(await search({ reason: 'suppressed' })).toEqual(idsOf(({ reason }) => reason === 'suppressed'));
    expect(await search({ reason: 'suppressed', state: 'sent' })).toEqual([]);
    const retrying = all.find(({ state }) => state === 'retrying');
    expect(await search({ reason: retrying?.reason ?? '', state: 'retrying' })).toHaveLength(5);
  });

  test('of a time, alone and with every other filter', async () => {
    const times = [...new Set(all.map(({ at }) => at))].toSorted((a, b) => a - b);
    const [from, to] = [times[1] ?? 0, (times.at(-3) ?? 0) - 1];
    const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const within = ({ at }: { at: number }): boolean => at >= from && at < to;
    expect(idsOf(within).length).toBeGreaterThan(5);
    expect(await search(range)).toEqual(idsOf(within));
    for (const state of ['sent', 'retrying', 'excluded']) {
      expect(await search({ ...range, state })).toEqual(idsOf((one) => within(one) && one.state === state));
      expect(await search({ ...range, state, campaignId: second })).toEqual(
        idsOf((one) => within(one) && one.state === state && one.campaignId === second),
      );
    }
    expect(await search({ from: range.to, to: range.from })).toEqual([]);
    const [newest] = all;
    const ofOne = { executionId: newest?.messageId.slice(0, -2) ?? '' };
    expect(await search({ ...ofOne, ...range })).toEqual([]);
    expect(await search({ ...ofOne, from: range.from, state: 'sending' })).toEqual([newest?.messageId]);
  });

  test('a listing that goes on while calls are made shows what was there once', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const asked = new URLSearchParams({ limit: '3', campaignId: second, ...(cursor && { cursor }) });
      const { body } = await herald.call<{ items: MessageView[]; next?: string }>(
        'GET',
        `/v1/messages?${asked.toString()}`,
      );
      seen.push(...body.items.map(({ messageId }) => messageId));
      cursor = body.next;
      const { body: another } = await herald.trigger(second, { recipients: [excluded()] });
      await herald.finalMessage(another.executionId);
    } while (cursor !== undefined);
    expect(seen).toEqual(idsOf(({ campaignId }) => campaignId === second));
  });

  test.each(['from=yesterday', 'to=2026-01-01', 'state=gone', 'state=sent&state=dead', 'reason='])(
    'a filter that is none is refused: %s',
    async (query) => {
      const { status, body } = await herald.call('GET', `/v1/messages?${query}`);
      expect([status, body]).toMatchObject([400, { report: { additionalContext: { field: query.split('=')[0] } } }]);
    },
  );

  test('a namespace without the person it would be of is refused: it would filter nothing', async () => {
    for (const path of ['messages', 'executions']) {
      const { status, body } = await herald.call('GET', `/v1/${path}?namespace=email`);
      expect([status, body]).toMatchObject([400, { report: { additionalContext: { field: 'namespace' } } }]);
      expect((await herald.call('GET', `/v1/${path}?namespace=email&userId=x%40example.com`)).status).toBe(200);
    }
  });

  test('a cursor of another search is refused or goes on, and never breaks', async () => {
    const { body } = await herald.call<{ next: string }>('GET', '/v1/messages?state=sent&limit=1');
    const answer = await herald.call('GET', `/v1/messages?limit=1&cursor=${body.next}`);
    expect([200, 400]).toContain(answer.status);
  });
});
