import { afterEach, describe, expect, test } from '@jest/globals';
import { Outage, type ExecutionAccepted } from '@herald/contracts';
import type { StandaloneOptions } from '@herald/standalone';
import { recipient, unique, type Answer } from '../support/client.ts';
import { startMailServer } from '../support/mail-server.ts';
import { hasPorts, startHerald, type Herald } from '../support/standalone.ts';

let herald: Herald | undefined;
afterEach(async () => {
  await herald?.dispose();
  herald = undefined;
});

const REPEATS = 64;
const isReplay = ({ headers }: Answer<unknown>): boolean => headers.get('idempotent-replayed') === 'true';
const one = (over: object = {}): object => recipient({ userId: 'ada@example.com', ...over });

describe('64 concurrent repeats', () => {
  test('with one body: one execution, one answer, one mail', async () => {
    const mail = await startMailServer();
    herald = await startHerald({ HERALD_SMTP_URL: mail.url });
    const campaignId = await herald.campaign();
    const requestId = unique('request');
    const answers = await Promise.all(
      Array.from({ length: REPEATS }, () => herald!.trigger(campaignId, { requestId, recipients: [one()] })),
    );
    const bodies = new Set(answers.map(({ body }) => JSON.stringify(body)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(bodies.size).toBe(1);
    expect(answers.filter((answer) => !isReplay(answer))).toHaveLength(1);
    await herald.finalMessage(answers[0]?.body.executionId as string);
    await herald.stop();
    expect(mail.received).toHaveLength(1);
    await mail.close();
  });

  test('with two bodies: one body wins, the other gets 409', async () => {
    herald = await startHerald();
    const campaignId = await herald.campaign();
    const requestId = unique('request');
    const answers = await Promise.all(
      Array.from({ length: REPEATS }, (_, index) =>
        herald!.trigger(campaignId, {
          requestId,
          recipients: [one({ context: { name: index % 2 === 0 ? 'Ada' : 'Eve' } })],
        }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 202)).toHaveLength(REPEATS / 2);
    expect(statuses.filter((status) => status === 409)).toHaveLength(REPEATS / 2);
    expect(new Set(answers.filter(({ status }) => status === 202).map(({ body }) => body.executionId)).size).toBe(1);
  });
});

test('the order of keys and blanks do not make another body', async () => {
  herald = await startHerald();
  const campaignId = await herald.campaign();
  const requestId = unique('request');
  const body = `{"requestId":"${requestId}","campaignId":"${campaignId}","recipients":[{"type":"external","namespace":"email","userId":"a@example.com","context":{"name":"x","resetUrl":"y"}}]}`;
  const same = `{ "recipients": [ {"context": {"resetUrl": "y", "name": "x"}, "userId": "a@example.com", "namespace": "email", "type": "external"} ], "campaignId": "${campaignId}", "requestId": "${requestId}" }`;
  const [first, second] = [
    await herald.call('POST', '/ajo/im/executions/unitary', body),
    await herald.call('POST', '/ajo/im/executions/unitary', same),
  ];
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(isReplay(second)).toBe(true);
});

test('the same requestId in another campaign, or another sandbox, is another request', async () => {
  herald = await startHerald();
  const requestId = unique('request');
  const ids = await Promise.all(
    [await herald.campaign(), await herald.campaign()].map(async (campaignId) => {
      const answer = await herald!.trigger(campaignId, { requestId, recipients: [one()] });
      expect(isReplay(answer)).toBe(false);
      return answer.body.executionId;
    }),
  );
  expect(new Set(ids).size).toBe(2);
});

describe('a stored answer overrides what the campaign says now', () => {
  test.each([
    [
      'edited and activated again',
      async (path: string, call: Herald['call']) => {
        const { headers } = await call('GET', path);
        await call('PATCH', path, { title: 'Edited' }, { 'if-match': headers.get('etag') ?? '' });
        await call('POST', `${path}/activate`);
      },
    ],
    ['paused', (path: string, call: Herald['call']) => call('POST', `${path}/pause`)],
    ['stopped', (path: string, call: Herald['call']) => call('POST', `${path}/stop`)],
  ])('after it was %s', async (_name, change) => {
    herald = await startHerald();
    const campaignId = await herald.campaign();
    const request = { requestId: unique('request'), recipients: [one()] };
    const first = await herald.trigger(campaignId, request);
    expect(first.status).toBe(202);
    await change(`/v1/campaigns/${campaignId}`, herald.call);
    const again = await herald.trigger(campaignId, request);
    expect(again.status).toBe(202);
    expect(again.body).toEqual(first.body);
    expect(isReplay(again)).toBe(true);
    const other = await herald.trigger(campaignId, { ...request, recipients: [one({ context: { name: 'other' } })] });
    expect(other.status).toBe(409);
  });
});

const describeWithPorts = hasPorts() ? describe : () => undefined;
describeWithPorts('a repeat after a failure between two steps', () => {
  type Decorate = NonNullable<StandaloneOptions['decorate']>;
  const outage = (): never => {
    throw new Outage('unavailable', 'broken on purpose');
  };
  /** Each breaks once, after or instead of the real step. */
  const breaks: [string, (once: () => boolean) => Decorate][] = [
    [
      'the insert, not done',
      (once) => ({
        store: (store) => ({
          ...store,
          failed: store.failed,
          executions: {
            ...store.executions,
            insert: async (records) => (once() ? outage() : store.executions.insert(records)),
          },
        }),
      }),
    ],
    [
      'the insert, done',
      (once) => ({
        store: (store) => ({
          ...store,
          failed: store.failed,
          executions: {
            ...store.executions,
            insert: async (records) => {
              const answer = await store.executions.insert(records);
              return once() ? outage() : answer;
            },
          },
        }),
      }),
    ],
    [
      'the publish, not done',
      (once) => ({
        bus: (bus) => ({
          ...bus,
          failed: bus.failed,
          publish: async (records) => (isWork(records) && once() ? outage() : bus.publish(records)),
        }),
      }),
    ],
    [
      'the publish, done',
      (once) => ({
        bus: (bus) => ({
          ...bus,
          failed: bus.failed,
          publish: async (records) => {
            await bus.publish(records);
            if (isWork(records) && once()) outage();
          },
        }),
      }),
    ],
    [
      'the confirm, not done',
      (once) => ({
        store: (store) => ({
          ...store,
          failed: store.failed,
          executions: {
            ...store.executions,
            confirm: async (ids) => (once() ? outage() : store.executions.confirm(ids)),
          },
        }),
      }),
    ],
  ];
  const isWork = (records: readonly { topic: string }[]): boolean =>
    records.some(({ topic }) => topic.endsWith('.resolved'));

  test.each(breaks)('%s: 503, then 202, and one mail', async (_name, decorate) => {
    const mail = await startMailServer();
    let broken = 0;
    herald = await startHerald(
      { HERALD_SMTP_URL: mail.url },
      decorate(() => (broken += 1) === 1),
    );
    const campaignId = await herald.campaign();
    const request = { requestId: unique('request'), recipients: [one()] };
    const first = await herald.trigger(campaignId, request);
    expect(first.status).toBe(503);
    expect(Number(first.headers.get('retry-after'))).toBeGreaterThan(0);
    const again: Answer<ExecutionAccepted> = await herald.trigger(campaignId, request);
    expect(again.status).toBe(202);
    expect((await herald.finalMessage(again.body.executionId)).state).toBe('sent');
    await herald.stop();
    expect(mail.received).toEqual([`${again.body.executionId}.0`]);
    await mail.close();
  });
});
