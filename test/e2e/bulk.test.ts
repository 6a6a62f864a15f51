import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Outage, type BulkItem, type BulkResult, type ExecutionView, type Problem } from '@herald/contracts';
import type { Store } from '@herald/store';
import { recipient, unique, type Answer } from '../support/client.ts';
import { hasPorts, startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
let campaignId: string;
let failing = false;
beforeAll(async () => {
  herald = await startHerald({}, hasPorts() ? { store: frail } : undefined);
  campaignId = await herald.campaign();
});
afterAll(() => herald.dispose());

const testWithPorts = hasPorts() ? test : () => undefined;

/** A store that takes no execution while `failing`. */
const frail = (store: Store): Store => ({
  ...store,
  executions: {
    ...store.executions,
    insert: (records) =>
      failing ? Promise.reject(new Outage('unavailable', 'not now')) : store.executions.insert(records),
  },
});

interface Execution {
  readonly requestId: string;
  readonly campaignId: string;
  readonly recipients: readonly object[];
}
const execution = (over: Partial<Execution> = {}): Execution => ({
  requestId: unique('bulk'),
  campaignId,
  recipients: [recipient()],
  ...over,
});
const send = (executions: readonly unknown[]): Promise<Answer<BulkResult & Problem>> =>
  herald.call('POST', '/v1/executions', executions);

/** As bytes: what the client of the suites would not send. */
async function sendRaw(
  body: string,
  type = 'application/x-ndjson',
): Promise<{ status: number; body: BulkResult & Problem }> {
  const response = await fetch(`${herald.url}/v1/executions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${herald.key}`, 'content-type': type },
    body,
  });
  return { status: response.status, body: (await response.json()) as BulkResult & Problem };
}
const accepted = (item: BulkItem | undefined) => {
  if (item === undefined || !('execution' in item)) throw new Error(`not accepted: ${JSON.stringify(item)}`);
  return item;
};
const codes = ({ items }: BulkResult) =>
  items.map((item) => ('problem' in item ? item.problem.report.additionalContext['code'] : item.status));

describe('many executions in one request', () => {
  test('a thousand are accepted, answered in order, and each is sent once', async () => {
    const executions = Array.from({ length: 1_000 }, () => execution());
    const { status, body } = await send(executions);
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 1_000, refused: 0 });
    expect(body.items.map((item) => [item.index, accepted(item).execution.requestId])).toEqual(
      executions.map(({ requestId }, index) => [index, requestId]),
    );
    const last = accepted(body.items.at(-1)).execution.executionId;
    expect(await herald.finalMessage(last)).toMatchObject({ state: 'sent' });
    for (const item of [body.items[0], body.items[500]]) {
      expect((await herald.finalMessage(accepted(item).execution.executionId)).state).toBe('sent');
    }
  }, 60_000);

  test('one that is wrong is refused by itself, and says where it was', async () => {
    const reused = execution();
    expect((await send([reused])).body.accepted).toBe(1);
    const same = execution({
      recipients: [recipient({ userId: 'ada@example.com' }), recipient({ userId: 'Ada@example.com' })],
    });
    const body = JSON.stringify([
      execution(),
      { ...execution(), recipients: [] },
      'no object',
      execution({ campaignId: 'unknown' }),
      { ...reused, recipients: [recipient()] },
      same,
      execution({ recipients: [recipient({ context: { system: {} } })] }),
      execution(),
    ]);
    const answer = await sendRaw(body, 'application/json');
    expect(answer.status).toBe(200);
    expect(codes(answer.body)).toEqual([
      202,
      'invalid-body',
      'invalid-body',
      'campaign-unknown',
      'request-id-reused',
      'invalid-body',
      'invalid-body',
      202,
    ]);
    expect(answer.body).toMatchObject({ accepted: 2, refused: 6 });
    expect(answer.body.items.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const [, , , unknown, taken, twice] = answer.body.items;
    expect(unknown).toMatchObject({
      status: 404,
      problem: { report: { additionalContext: { campaignId: 'unknown' } } },
    });
    expect(taken).toMatchObject({ status: 409 });
    expect(twice).toMatchObject({ problem: { report: { additionalContext: { field: 'recipients[1].userId' } } } });
  });

  test('repeating it sends nothing again, whichever endpoint had them first', async () => {
    const [first, second] = [execution(), execution()];
    const single = await herald.call<{ executionId: string }>('POST', '/ajo/im/executions/unitary', first);
    const once = (await send([first, second])).body;
    expect(once.items.map((item) => accepted(item).replayed)).toEqual([true, false]);
    expect(accepted(once.items[0]).execution).toEqual(single.body);
    const again = (await send([second, first])).body;
    expect(again.items.map((item) => accepted(item).replayed)).toEqual([true, true]);
    expect(again.items.map((item) => accepted(item).execution)).toEqual(
      once.items.toReversed().map((item) => accepted(item).execution),
    );
  });

  test('the same execution twice in one request, and in many at once, is one', async () => {
    const one = execution();
    const answers = await Promise.all(Array.from({ length: 10 }, () => send([one, one])));
    const items = answers.flatMap(({ body }) => body.items).map(accepted);
    expect(new Set(items.map((item) => item.execution.executionId)).size).toBe(1);
    expect(items.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const { body } = await herald.call<{ items: ExecutionView[] }>('GET', `/v1/executions?requestId=${one.requestId}`);
    expect(body.items).toHaveLength(1);
  });

  test('as lines: each is judged by itself, blank ones are none, and the last needs no end', async () => {
    const [first, second] = [execution(), execution()];
    const body = `${JSON.stringify(first)}\r\n\n  \n{"broken\n${'['.repeat(100)}\n${JSON.stringify(second)}`;
    const answer = await sendRaw(body);
    expect(answer.status).toBe(200);
    expect(codes(answer.body)).toEqual([202, 'invalid-body', 'invalid-body', 202]);
    expect([0, 3].map((index) => accepted(answer.body.items[index]).execution.requestId)).toEqual([
      first.requestId,
      second.requestId,
    ]);
    expect(JSON.stringify(answer.body)).not.toContain('broken');
  });

  test('a context of its full size is taken, a larger one refused, both ways', async () => {
    const sized = (bytes: number) => execution({ recipients: [recipient({ context: { a: 'x'.repeat(bytes - 8) } })] });
    const two = [sized(200_000), sized(200_001)];
    expect(codes((await send(two)).body)).toEqual([202, 'too-large']);
    const lines = [sized(200_000), sized(200_001)].map((one) => JSON.stringify(one)).join('\n');
    expect(codes((await sendRaw(lines)).body)).toEqual([202, 'too-large']);
  });

  test.each([
    ['nothing', '[]', 'application/json'],
    ['one too many', JSON.stringify(Array.from({ length: 1_001 }, () => 1)), 'application/json'],
    ['no list', '{}', 'application/json'],
    ['no lines', '\n\n', 'application/x-ndjson'],
    ['one line too many', '1\n'.repeat(1_001), 'application/x-ndjson'],
  ])('%s is refused as a whole', async (_, body, type) => {
    const answer = await sendRaw(body, type);
    expect([answer.status, answer.body.report.additionalContext['field']]).toEqual([400, 'body']);
  });

  test('more than 5 MB is 413, another type 415', async () => {
    expect((await sendRaw(' '.repeat(5 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await sendRaw('[]', 'text/csv')).status).toBe(415);
  });

  testWithPorts('in an outage it is 503 as a whole, and can be repeated', async () => {
    const executions = [execution(), execution()];
    failing = true;
    const refused = await send(executions);
    failing = false;
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    const answer = await until('it is accepted', async () => {
      const { status, body } = await send(executions);
      return status === 200 ? body : undefined;
    });
    expect(codes(answer)).toEqual([202, 202]);
  });

  testWithPorts('an outage in the middle is told of each that it hit', async () => {
    const stored = execution();
    expect((await send([stored])).status).toBe(200);
    failing = true;
    // The campaign is unknown: that is said without the store of executions.
    const { status, body } = await send([execution({ campaignId: 'unknown' }), execution()]);
    failing = false;
    expect([status, codes(body)]).toEqual([200, ['campaign-unknown', 'unavailable']]);
  });
});
