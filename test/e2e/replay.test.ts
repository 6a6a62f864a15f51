import { afterEach, describe, expect, test } from '@jest/globals';
import { workTopic, type DeadLetterView, type MessageView, type Problem } from '@herald/contracts';
import type { Bus } from '@herald/bus';
import { unique, type Answer } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { hasPorts, startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
let mail: MailServer;
let bus: Bus | undefined;
afterEach(async () => {
  await herald.dispose();
  await mail.close();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<string> {
  mail = await startMailServer();
  herald = await startHerald(
    { HERALD_SMTP_URL: mail.url, ...env },
    hasPorts() ? { bus: (real) => (bus = real) } : undefined,
  );
  return herald.campaign();
}

const testWithPorts = hasPorts() ? test : () => undefined;

interface Replayed {
  readonly messageId: string;
  readonly round: number;
  readonly deadline: string;
  readonly notBefore?: string;
}
const codeOf = ({ status, body }: Answer<Partial<Problem>>) => [status, body.report?.additionalContext['code']];
const letters = async (query = ''): Promise<DeadLetterView[]> =>
  (await herald.call<{ items: DeadLetterView[] }>('GET', `/v1/dead-letters?limit=100${query}`)).body.items;
const letterOf = (messageId: string, round = 1): Promise<DeadLetterView> =>
  until('the dead letter is listed', async () => (await letters()).find(({ id }) => id === `${messageId}/${round}`));
const pathOf = ({ id }: { id: string }): string => `/v1/dead-letters/${encodeURIComponent(id)}`;
const replay = (path: string, body?: object): Promise<Answer<Replayed & Problem>> =>
  herald.call('POST', `${path}/replay`, body);
const view = async (messageId: string): Promise<MessageView> =>
  (await herald.call<MessageView>('GET', `/v1/messages/${messageId}`)).body;
const isIn = (messageId: string, ...states: string[]): Promise<MessageView> =>
  until(`${messageId} is ${states.join(' or ')}`, async () => {
    const message = await view(messageId);
    return states.includes(message.state) ? message : undefined;
  });

/** A message that a busy mail server made a dead letter. */
async function dead(campaignId: string): Promise<DeadLetterView> {
  mail.refuseWith = { code: 451, text: 'later' };
  const { body } = await herald.trigger(campaignId);
  const { messageId } = await herald.finalMessage(body.executionId, ['dead']);
  mail.refuseWith = undefined;
  return letterOf(messageId);
}

describe('a dead letter', () => {
  test('that is replayed is sent once, in a second round, and says so', async () => {
    const letter = await dead(await start());
    const messageId = letter.messageId ?? '';
    const { deadline } = await view(messageId);
    const answer = await replay(pathOf(letter), { note: 'the server is back' });
    expect([answer.status, answer.body]).toEqual([200, { messageId, round: 2, deadline }]);
    const message = await isIn(messageId, 'sent');
    expect(message).toMatchObject({ state: 'sent', attempts: 1, deadline });
    expect(message.timeline.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['accepted', 'retry', 'dead', 'replayed', 'sent']),
    );
    expect(mail.received).toEqual([messageId]);
    const [listed] = await letters();
    expect(listed?.resolution).toMatchObject({ kind: 'replayed', round: 2, note: 'the server is back' });
    expect(await letters('&resolution=open')).toEqual([]);
  });

  test('that many replay at once is one round, and asking later changes nothing', async () => {
    const letter = await dead(await start());
    const messageId = letter.messageId ?? '';
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => replay(pathOf(letter), { timeToLive: 300 })),
      ...Array.from({ length: 10 }, () => replay(`/v1/messages/${messageId}`)),
    ]);
    await isIn(messageId, 'sent');
    const rounds = answers.filter(({ status }) => status === 200).map(({ body }) => body.round);
    expect(new Set(rounds)).toEqual(new Set([2]));
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(codeOf(answer)).toEqual([409, 'not-replayable']);
    }
    expect((await replay(pathOf(letter))).body.round).toBe(2);
    expect(codeOf(await replay(`/v1/messages/${messageId}`))).toEqual([409, 'not-replayable']);
    // All that was published again has been met by now.
    await until('nothing is waiting', async () => {
      const topic = letter.position && workTopic('transactional', 'email', 'rendered');
      if (bus === undefined) return true;
      const lag = await bus.lag('herald.sender-email.transactional.email', [topic]);
      return [...lag.values()].every((records) => records === 0) ? true : undefined;
    });
    expect(mail.received).toEqual([messageId]);
    expect((await view(messageId)).timeline.filter(({ step }) => step === 'replayed')).toHaveLength(1);
  });

  test('that dies again is another letter; the first one is over', async () => {
    const letter = await dead(await start());
    const messageId = letter.messageId ?? '';
    mail.refuseWith = { code: 451, text: 'still' };
    await replay(pathOf(letter));
    const second = await letterOf(messageId, 2);
    mail.refuseWith = undefined;
    expect((await replay(pathOf(letter))).body.round).toBe(2);
    expect((await view(messageId)).state).toBe('dead');
    expect((await replay(pathOf(second))).body.round).toBe(3);
    expect(await isIn(messageId, 'sent')).toMatchObject({ attempts: 1 });
    expect(mail.received).toEqual([messageId]);
  });

  test('that is discarded stays, with the note, and is not replayed; nor the other way round', async () => {
    const campaignId = await start();
    const [kept, other] = [await dead(campaignId), await dead(campaignId)];
    const discard = (letter: DeadLetterView, note: string) =>
      herald.call('POST', `${pathOf(letter)}/discard`, { note });
    expect(await discard(kept, 'asked by phone')).toMatchObject({
      status: 200,
      body: { resolution: { kind: 'discarded', note: 'asked by phone' } },
    });
    expect((await discard(kept, 'again')).body).toMatchObject({ resolution: { note: 'asked by phone' } });
    expect(codeOf(await replay(pathOf(kept)))).toEqual([409, 'not-replayable']);
    expect((await replay(pathOf(other))).status).toBe(200);
    expect(codeOf(await discard(other, 'late'))).toEqual([409, 'not-replayable']);
    expect((await letters('&resolution=discarded')).map(({ id }) => id)).toEqual([kept.id]);
    expect(codeOf(await replay('/v1/dead-letters/nothing'))).toEqual([404, 'not-found']);
  });

  test('whose deadline is over needs another one, and lives to it', async () => {
    mail = await startMailServer();
    herald = await startHerald({ HERALD_SMTP_URL: mail.url });
    const letter = await dead(await herald.campaign({ timeToLive: 2 }));
    await until('the deadline is over', async () =>
      Date.now() > Date.parse((await view(letter.messageId ?? '')).deadline) ? true : undefined,
    );
    expect(codeOf(await replay(pathOf(letter)))).toEqual([409, 'not-replayable']);
    const { body } = await replay(pathOf(letter), { timeToLive: 600 });
    expect(Date.parse(body.deadline)).toBeGreaterThan(Date.now() + 500_000);
    expect(await isIn(letter.messageId ?? '', 'sent', 'expired')).toMatchObject({
      state: 'sent',
      deadline: body.deadline,
    });
  });

  testWithPorts('of which nothing is left on the log is 410, and nothing is opened', async () => {
    mail = await startMailServer();
    let isGone = false;
    herald = await startHerald(
      { HERALD_SMTP_URL: mail.url },
      { bus: (real) => ({ ...real, read: async (position) => (isGone ? undefined : real.read(position)) }) },
    );
    const letter = await dead(await herald.campaign());
    isGone = true;
    expect(codeOf(await replay(pathOf(letter)))).toEqual([410, 'record-gone']);
    isGone = false;
    expect((await letters('&resolution=open')).map(({ id }) => id)).toEqual([letter.id]);
  });

  test('of a call that was cancelled is not replayed', async () => {
    const letter = await dead(await start());
    await herald.call('DELETE', `/v1/executions/${letter.messageId?.slice(0, -2)}`);
    expect(codeOf(await replay(pathOf(letter)))).toEqual([409, 'not-replayable']);
  });

  testWithPorts('a replay that died between its steps is carried out when it is asked for again', async () => {
    mail = await startMailServer();
    let isBroken = false;
    herald = await startHerald(
      { HERALD_SMTP_URL: mail.url },
      {
        store: (real) => ({
          ...real,
          ledger: {
            ...real.ledger,
            openRounds: (entries) =>
              isBroken ? Promise.reject(new Error('killed here')) : real.ledger.openRounds(entries),
          },
        }),
      },
    );
    const letter = await dead(await herald.campaign());
    isBroken = true;
    const response = await fetch(`${herald.url}${pathOf(letter)}/replay`, {
      method: 'POST',
      headers: { authorization: `Bearer ${herald.key}` },
    });
    expect(response.status).toBe(500);
    isBroken = false;
    expect((await replay(pathOf(letter))).body.round).toBe(2);
    expect((await isIn(letter.messageId ?? '', 'sent')).state).toBe('sent');
    expect(mail.received).toEqual([letter.messageId]);
  });
});

describe('many dead letters', () => {
  test('are replayed by filter, at a rate, and the others stay', async () => {
    const campaignId = await start({ HERALD_LADDER_MS: '100,1000', HERALD_RETRY_MS: '100' });
    const other = await herald.campaign();
    mail.refuseWith = { code: 451, text: 'later' };
    const triggered = await Promise.all(
      Array.from({ length: 12 }, (_, n) => herald.trigger(n < 8 ? campaignId : other, {})),
    );
    for (const { body } of triggered) await herald.finalMessage(body.executionId, ['dead']);
    await until('all are listed', async () => ((await letters()).length === 12 ? true : undefined));
    mail.refuseWith = undefined;
    expect(await letters(`&campaignId=${campaignId}`)).toHaveLength(8);
    expect(await letters('&reason=exhausted&stage=sender-email')).toHaveLength(12);
    expect(await letters('&reason=unreadable')).toEqual([]);
    expect(await letters(`&to=${new Date(0).toISOString()}`)).toEqual([]);

    const began = Date.now();
    const { status, body } = await herald.call<{
      replayed: Replayed[];
      refused: object[];
      until: string;
      next?: string;
    }>('POST', '/v1/dead-letters/-/replay', { filter: { campaignId, reason: 'exhausted' }, perSecond: 10 });
    expect([status, body.replayed.length, body.refused]).toEqual([200, 8, []]);
    expect(Date.parse(body.until) - began).toBeGreaterThanOrEqual(800);
    for (const { messageId } of body.replayed) await isIn(messageId, 'sent');
    expect(Date.now() - began).toBeGreaterThan(500);
    expect(mail.received.toSorted()).toEqual(body.replayed.map(({ messageId }) => messageId).toSorted());
    expect(await letters('&resolution=open')).toHaveLength(4);
    const again = await herald.call<{ replayed: Replayed[] }>('POST', '/v1/dead-letters/-/replay', {
      filter: { campaignId },
    });
    expect(again.body.replayed).toEqual([]);
  });
});

describe('a message that failed', () => {
  test('is replayed from the record that its claim names', async () => {
    const campaignId = await start();
    mail.refuseWith = { code: 550, text: 'no' };
    const { body } = await herald.trigger(campaignId);
    const { messageId } = await herald.finalMessage(body.executionId, ['failed']);
    mail.refuseWith = undefined;
    expect((await replay(`/v1/messages/${messageId}`)).body.round).toBe(2);
    await isIn(messageId, 'sent');
    expect(mail.received).toEqual([messageId]);
    expect(codeOf(await replay(`/v1/messages/${messageId}`))).toEqual([409, 'not-replayable']);
    expect(codeOf(await replay(`/v1/messages/${unique('HUMA')}`))).toEqual([404, 'not-found']);
  });

  test('without anybody knowing whether it was sent needs the word of somebody', async () => {
    await start({ HERALD_PROVIDER_TIMEOUT_MS: '300' });
    const campaignId = await herald.campaign({ guarantee: 'at-most-once' });
    let release = (): void => {};
    mail.hold = new Promise((resolve) => (release = resolve));
    const { body } = await herald.trigger(campaignId);
    const { messageId, reason } = await herald.finalMessage(body.executionId, ['failed']);
    release();
    mail.hold = undefined;
    expect(reason).toBe('outcome-unknown');
    expect(codeOf(await replay(`/v1/messages/${messageId}`))).toEqual([409, 'may-double']);
    expect((await replay(`/v1/messages/${messageId}`, { acceptDoubling: true })).status).toBe(200);
    await isIn(messageId, 'sent');
  });
});
