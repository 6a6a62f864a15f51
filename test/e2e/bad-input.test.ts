import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recipient, unique, type Answer } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

const UNITARY = '/ajo/im/executions/unitary';

let herald: Herald;
let campaignId: string;
beforeAll(async () => {
  herald = await startHerald();
  campaignId = await herald.campaign();
});
afterAll(() => herald.dispose());

/** Every refusal is a problem document that a caller can act on. */
function expectProblem(answer: Answer, status: number, field?: string): void {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    status,
    type: expect.stringMatching(new RegExp(`-${status}$`)),
    title: expect.any(String),
  });
  if (field !== undefined) expect(answer.body).toMatchObject({ report: { additionalContext: { field } } });
}

const send = (body: unknown, headers?: Record<string, string>): Promise<Answer> =>
  herald.call('POST', UNITARY, body, headers);
const call = (over: object = {}): object => ({
  requestId: unique('bad'),
  campaignId,
  recipients: [recipient()],
  ...over,
});

describe('bodies', () => {
  test.each([
    ['not JSON', '{"requestId": '],
    ['nothing', ''],
    ['a list', '[]'],
    ['a number', '7'],
  ])('%s: 400', async (_name, body) => expectProblem(await send(body), 400));

  test('JSON nested a thousand deep: 400, and the process lives', async () => {
    expectProblem(await send(`${'['.repeat(1_000)}${']'.repeat(1_000)}`), 400);
  });

  test.each([
    ['requestId', { requestId: 7 }],
    ['campaignId', { campaignId: null }],
    ['recipients', { recipients: {} }],
    ['recipients', { recipients: Array.from({ length: 21 }, () => recipient()) }],
    ['recipients[0].type', { recipients: [recipient({ type: 'other' })] }],
    ['recipients[0].userId', { recipients: [recipient({ userId: 'ada@example.com\r\nBcc: eve@example.com' })] }],
    ['recipients[0].userId', { recipients: [recipient({ userId: 'no address' })] }],
    [
      'recipients[0].channelData.emailAddress',
      { recipients: [recipient({ channelData: { emailAddress: 'a@b\nc' } })] },
    ],
    ['recipients[0].channelData.emailAddress', { recipients: [recipient({ namespace: 'crm', userId: '42' })] }],
    ['recipients[0].context.system', { recipients: [recipient({ context: { system: { time: 'now' } } })] }],
    [
      'recipients[1].userId',
      { recipients: [recipient({ userId: 'same@example.com' }), recipient({ userId: 'SAME@example.com' })] },
    ],
  ])('%s wrong: 400 that names it', async (field, over) => expectProblem(await send(call(over)), 400, field));

  test('another content type: 415', async () => {
    expectProblem(await send('requestId=1', { 'content-type': 'application/x-www-form-urlencoded' }), 415);
  });

  test('a context of 200 kB works, and above it 413', async () => {
    const frame = JSON.stringify({ text: '' }).length;
    const works = await herald.trigger(campaignId, { context: { text: 'x'.repeat(200_000 - frame) } });
    expect(works.status).toBe(202);
    expect((await herald.finalMessage(works.body.executionId)).state).toBe('sent');
    expectProblem(
      await send(call({ recipients: [recipient({ context: { text: 'x'.repeat(200_001 - frame) } })] })),
      413,
      'recipients[0].context',
    );
  });

  test('a body over the limit: 413, announced or not', async () => {
    expectProblem(await send(`{"x":"${'y'.repeat(5 * 1024 * 1024)}"}`), 413);
    const { hostname, port } = new URL(herald.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', () => {});
    socket.write(
      `POST ${UNITARY} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${herald.key}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `10000\r\n${'z'.repeat(0x10000)}\r\n`;
    for (let sent = 0; sent < 90 && !socket.destroyed; sent += 1) socket.write(chunk);
    await new Promise((resolve) => socket.on('close', resolve));
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe('campaigns', () => {
  /** Refused, and nothing is there that could be sent. */
  async function expectRefused(id: string, status: number): Promise<void> {
    expectProblem(await send(call({ campaignId: id })), status);
    const { body } = await herald.call<{ items: object[] }>('GET', `/v1/executions?campaignId=${id}`);
    expect(body.items).toEqual([]);
  }

  test('unknown: 404', () => expectRefused('nope', 404));

  test('draft, paused and stopped: 409', async () => {
    const draft = await herald.call<{ id: string; surfaceId: string }>('POST', '/v1/campaigns', {
      title: 'Draft',
      channel: 'email',
      surfaceId: (await herald.call<{ items: { id: string }[] }>('GET', '/v1/surfaces')).body.items[0]?.id,
      content: { subject: 'x', html: '<p>x</p>' },
    });
    await expectRefused(draft.body.id, 409);
    for (const action of ['pause', 'stop']) {
      const id = await herald.campaign();
      await herald.call('POST', `/v1/campaigns/${id}/${action}`);
      await expectRefused(id, 409);
    }
  });

  test('outside its dates: 409', async () => {
    const later = await herald.campaign({ startAt: '2999-01-01T00:00:00+01:00' });
    await expectRefused(later, 409);
  });
});

describe('keys', () => {
  const withKey = async (key: string | undefined, headers: Record<string, string> = {}): Promise<Answer> => {
    const response = await fetch(`${herald.url}${UNITARY}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...headers,
      },
      body: JSON.stringify(call()),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  };

  test('none, or a wrong one: 401', async () => {
    expectProblem(await withKey(undefined), 401);
    expectProblem(await withKey('wrong'), 401);
  });

  test('x-api-key works where there is no Authorization', async () => {
    expect((await withKey(undefined, { 'x-api-key': herald.key })).status).toBe(202);
  });

  test('another org or sandbox: 403', async () => {
    expectProblem(await withKey(herald.key, { 'x-sandbox-name': 'other' }), 403);
    expectProblem(await withKey(herald.key, { 'x-gw-ims-org-id': 'other' }), 403);
  });

  test('without the scope: 403; revoked: 401', async () => {
    const created = await herald.call<{ id: string; key: string }>('POST', '/v1/keys', {
      name: 'reader',
      scopes: ['read'],
    });
    expect(created.status).toBe(201);
    expectProblem(await withKey(created.body.key), 403);
    await herald.call('DELETE', `/v1/keys/${created.body.id}`);
    const refused = await until('the key is refused', async () => {
      const answer = await withKey(created.body.key);
      return answer.status === 403 ? undefined : answer;
    });
    expectProblem(refused, 401);
  });

  test("a key of another sandbox finds none of this one's campaigns", async () => {
    const created = await herald.call<{ key: string }>('POST', '/v1/keys', {
      name: 'dev',
      sandbox: 'dev',
      scopes: ['execute', 'read', 'control'],
    });
    const other = herald.as(created.body.key);
    expectProblem(await other.call('POST', UNITARY, call()), 404);
    expectProblem(await other.call('GET', `/v1/campaigns/${campaignId}`), 404);
    expect((await other.call<{ items: unknown[] }>('GET', '/v1/executions')).body.items).toEqual([]);
  });
});

test('an unknown path: 404; another method: not 500', async () => {
  expectProblem(await herald.call('GET', '/nowhere'), 404);
  expect((await herald.call('GET', UNITARY)).status).toBeLessThan(500);
});

test('hostile values reach the mail as text', async () => {
  const hostile = '<script>alert(1)</script>\r\nBcc: eve@example.com\r\n\r\n.\r\nMAIL FROM:<x@y>';
  const { body } = await herald.trigger(campaignId, { context: { name: hostile, resetUrl: 'javascript:alert(1)' } });
  expect((await herald.finalMessage(body.executionId)).state).toBe('sent');
  const mail = (await herald.inbox()).find(({ messageId }) => messageId.startsWith(body.executionId));
  expect(mail?.html).not.toContain('<script>');
  expect(mail?.headers.map(({ name }) => name.toLowerCase())).not.toContain('bcc');
  expect(mail?.envelope.to).toHaveLength(1);
});
