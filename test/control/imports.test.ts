import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Outage, type ImportLine } from '@herald/contracts';
import { createControlApi } from '@herald/control';
import type { Profile, ProfileRepository, Suppression } from '@herald/store';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { unique, type Client } from '../support/client.ts';
import { linesOf } from '../support/lines.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';

let server: TestServer;
let client: Client;
/** Stands before every batch of profiles. */
let gate: (() => Promise<void>) | undefined;
const batches: number[] = [];

beforeAll(async () => {
  server = await startServer((parts) => {
    const putMany: ProfileRepository['putMany'] = async (requests) => {
      batches.push(requests.length);
      await gate?.();
      return parts.store.profiles.putMany(requests);
    };
    const store = { ...parts.store, profiles: { ...parts.store.profiles, putMany } };
    return [
      createControlApi({
        ...parts,
        store,
        providers: [],
        config: { topicRetentionMs: 3_600_000, sweepGraceMs: 300_000, recordRetentionDays: 30 },
      }),
    ];
  });
  client = await server.client();
});
afterAll(() => server.dispose());

const NDJSON = { 'content-type': 'application/x-ndjson' };
const profile = (value: string, over: object = {}): string =>
  JSON.stringify({ identities: [{ namespace: 'crm', value }], attributes: { value }, ...over });

async function imported(what: 'profiles' | 'suppressions', body: string): Promise<readonly ImportLine[]> {
  const answer = await client.call<{ lines: ImportLine[] }>('POST', `/v1/${what}/import`, body, NDJSON);
  expect(answer.status).toBe(200);
  return answer.body.lines;
}
const resultOf = (lines: readonly ImportLine[]) => lines.find((line) => line.type === 'result');
const errorsOf = (lines: readonly ImportLine[]) => lines.filter((line) => line.type === 'error');
const find = async (namespace: string, value: string): Promise<Profile | undefined> =>
  server.store.profiles.find({ org: 'acme', sandbox: 'prod', namespace, value });

/** A request whose body is sent bit by bit. */
function openImport(): { request: ClientRequest; answer: Promise<IncomingMessage> } {
  const request = httpRequest(`${server.url}/v1/profiles/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.key}`, ...NDJSON },
  });
  const answer = once(request, 'response').then(([response]) => response as IncomingMessage);
  answer.catch(() => {});
  return { request, answer };
}
async function textOf(answer: Promise<IncomingMessage>): Promise<string> {
  let text = '';
  for await (const chunk of (await answer).setEncoding('utf8')) text += String(chunk);
  return text;
}

describe('an import of profiles', () => {
  test('writes what is right, and says of each wrong line where it is and what is wrong, never what it holds', async () => {
    const [one, two] = [unique('one'), unique('two')];
    const secret = 'secret@example.com';
    const lines = [
      profile(one, { attributes: { 'person.name.firstName': 'Ada', personalEmail: { address: 'ada@example.com' } } }),
      '',
      `{"identities": [{"namespace": "email", "value": "${secret}"`,
      profile(two, { identities: [{ namespace: 'email', value: secret.replace('@', ' at ') }] }),
      profile(two, { attributes: 'secret' }),
      profile(two, { secret }),
      profile(two, { identities: [] }),
      `  ${profile(two)}\r`,
      profile(two, {
        identities: [
          { namespace: 'crm', value: two },
          { namespace: 'crm', value: one },
        ],
      }),
      `[${'['.repeat(70)}${']'.repeat(70)}]`,
      '"text"',
      profile('x', { attributes: { a: 'x'.repeat(200_000) } }),
    ];
    const answer = await imported('profiles', lines.join('\n'));
    expect(errorsOf(answer).toSorted((a, b) => a.line - b.line)).toEqual([
      { type: 'error', line: 3, field: 'line', message: 'the line is not valid JSON' },
      { type: 'error', line: 4, field: 'identities[0].value', message: expect.stringContaining('email address') },
      { type: 'error', line: 5, field: 'attributes', message: expect.any(String) },
      { type: 'error', line: 6, field: 'secret', message: 'is not a known field' },
      { type: 'error', line: 7, field: 'identities', message: expect.any(String) },
      { type: 'error', line: 9, field: 'identities[1]', message: expect.stringContaining('another profile') },
      { type: 'error', line: 10, field: 'line', message: expect.stringContaining('nested deeper') },
      { type: 'error', line: 11, field: 'line', message: expect.any(String) },
      { type: 'error', line: 12, field: 'line', message: expect.stringContaining('longer than 200000') },
    ]);
    expect(answer.at(-1)).toEqual({
      type: 'result',
      complete: true,
      lines: 12,
      written: 2,
      failed: 9,
      errorsNotShown: 0,
    });
    expect(JSON.stringify(answer)).not.toContain('secret@');
    expect((await find('crm', one))?.attributes).toEqual({
      person: { name: { firstName: 'Ada' } },
      personalEmail: { address: 'ada@example.com' },
    });
    expect((await find('crm', two))?.attributes).toEqual({ value: two });
  });

  test('goes wherever the network cuts it, in the middle of a character too', async () => {
    const value = unique('cut');
    const bytes = Buffer.from(`${profile(value, { attributes: { name: 'Åse 🙂' } })}\n${profile(`${value}-2`)}`);
    const { request, answer } = openImport();
    for (const byte of bytes) request.write(Buffer.of(byte));
    request.end();
    expect(resultOf(linesOf(await textOf(answer)) as ImportLine[])).toMatchObject({ lines: 2, written: 2, failed: 0 });
    expect((await find('crm', value))?.attributes).toEqual({ name: 'Åse 🙂' });
  });

  test('of invalid UTF-8 is told so by the line, and the next one goes on', async () => {
    const value = unique('utf8');
    const { request, answer } = openImport();
    request.write(Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xff), Buffer.from('"}\n')]));
    request.end(profile(value));
    const lines = linesOf(await textOf(answer)) as ImportLine[];
    expect(errorsOf(lines)).toEqual([
      { type: 'error', line: 1, field: 'line', message: 'the line is not valid UTF-8' },
    ]);
    expect(await find('crm', value)).toBeDefined();
  });

  test('is written in batches, of which the last write of one person counts', async () => {
    const prefix = unique('many');
    const lines = Array.from({ length: 1_050 }, (_, n) => profile(`${prefix}-${n % 1_000}`, { attributes: { n } }));
    batches.length = 0;
    expect(resultOf(await imported('profiles', `${lines.join('\n')}\n`))).toMatchObject({
      lines: 1_050,
      written: 1_050,
    });
    expect(Math.max(...batches)).toBeLessThanOrEqual(200);
    expect((await find('crm', `${prefix}-3`))?.attributes).toEqual({ n: 1_003 });
  });

  test('that cannot be written fast enough holds its sender back, and then goes on', async () => {
    const open = Promise.withResolvers<void>();
    gate = () => open.promise;
    batches.length = 0;
    const { request, answer } = openImport();
    const line = `${profile(unique('large'), { attributes: { text: 'x'.repeat(100_000) } })}\n`;
    const LINES = 600;
    const sending = (async () => {
      for (let n = 0; n < LINES; n += 1) if (!request.write(line)) await once(request, 'drain');
      request.end();
    })();
    let before = -1;
    const held = await until('nothing more is taken', () => {
      const written = request.socket?.bytesWritten ?? 0;
      const still = batches.length === 1 && written === before;
      before = written;
      return still ? written : undefined;
    });
    // What one batch, and the buffers on the way, may hold: far from the 60 MB that are to be sent.
    expect(held).toBeLessThan(30_000_000);
    gate = undefined;
    open.resolve();
    await sending;
    expect(resultOf(linesOf(await textOf(answer)) as ImportLine[])).toMatchObject({ complete: true, written: LINES });
    expect(Math.max(...batches)).toBeLessThanOrEqual(11);
  });

  test('tells its progress while it goes on', async () => {
    const { request, answer } = openImport();
    const prefix = unique('progress');
    const send = (n: number): void => void request.write(`${profile(`${prefix}-${n}`)}\n`);
    for (let n = 0; n < 200; n += 1) send(n);
    await until('the first batch is written', async () => find('crm', `${prefix}-199`));
    server.advance(2_000);
    for (let n = 200; n < 400; n += 1) send(n);
    const response = await answer;
    const [first] = (await once(response.setEncoding('utf8'), 'data')) as [string];
    expect(linesOf(first)[0]).toMatchObject({ type: 'progress', lines: 400, written: 400, failed: 0 });
    request.end();
    await once(response, 'end');
  });

  test('that the store stops says how far it came; before that it is 503', async () => {
    const lines = Array.from({ length: 600 }, (_, n) => profile(`outage-${n}`)).join('\n');
    let calls = 0;
    gate = async () => {
      calls += 1;
      if (calls > 2) throw new Outage('unavailable', 'gone');
    };
    expect((await imported('profiles', lines)).at(-1)).toMatchObject({ complete: false, written: 400 });
    calls = 2;
    expect((await client.call('POST', '/v1/profiles/import', lines, NDJSON)).status).toBe(503);
    gate = undefined;
    expect(resultOf(await imported('profiles', lines))).toMatchObject({ complete: true, written: 600 });
  });

  test('is refused as another type of content, with parameters, and without the scope', async () => {
    const post = async (path: string, headers: Record<string, string>, by = client): Promise<number> =>
      (await by.call('POST', path, profile('x'), headers)).status;
    expect(await post('/v1/profiles/import', { 'content-type': 'application/json' })).toBe(415);
    expect(await post('/v1/profiles/import', { ...NDJSON, 'content-encoding': 'gzip' })).toBe(415);
    expect(await post('/v1/profiles/import?x=1', NDJSON)).toBe(400);
    expect(await post('/v1/profiles/import', NDJSON, await server.client({}, ['read']))).toBe(403);
  });

  test('of nothing is a result of nothing', async () => {
    expect(await imported('profiles', '\n \n')).toEqual([
      { type: 'result', complete: true, lines: 0, written: 0, failed: 0, errorsNotShown: 0 },
    ]);
  });
});

describe('the suppression list', () => {
  test('is imported, with errors by line, and exported as what an import takes', async () => {
    const other = await server.client({ sandbox: 'exports' });
    const entries = [
      { channel: 'email', address: ' Ada@Example.com ', reason: 'complaint', createdAt: '2025-01-02T03:04:05+01:00' },
      { channel: 'email', address: '@spam.example' },
      { channel: 'sms', address: '+4520*' },
      { channel: 'push', address: 'https://push.example/s/1', reason: 'unsubscribed' },
      ...Array.from({ length: 700 }, (_, n) => ({ channel: 'email', address: `${n}@example.com` })),
    ];
    const wrong = [{ channel: 'fax', address: 'x' }, { channel: 'sms', address: 'ada' }, { channel: 'email' }];
    const body = [...entries, ...wrong].map((entry) => JSON.stringify(entry)).join('\n');
    const answer = await other.call<{ lines: ImportLine[] }>('POST', '/v1/suppressions/import', body, NDJSON);
    expect(errorsOf(answer.body.lines).map((line) => [line.line, line.field])).toEqual([
      [705, 'channel'],
      [706, 'address'],
      [707, 'address'],
    ]);
    expect(resultOf(answer.body.lines)).toMatchObject({ written: 704, failed: 3, complete: true });

    const exported = await other.call<{ lines: (Suppression & { kind: string })[] }>('GET', '/v1/suppressions/export');
    expect(exported.headers.get('content-type')).toBe('application/x-ndjson');
    expect(exported.body.lines).toHaveLength(704);
    expect(exported.body.lines.slice(-4)).toMatchObject([
      { channel: 'push', kind: 'address', reason: 'unsubscribed' },
      { channel: 'sms', address: '+4520*', kind: 'prefix', reason: 'manual' },
      { channel: 'email', address: '@spam.example', kind: 'domain' },
      { channel: 'email', address: 'Ada@Example.com', reason: 'complaint', createdAt: '2025-01-02T02:04:05.000Z' },
    ]);
    const again = await server.client({ sandbox: 'imports' });
    const text = exported.body.lines
      .toReversed()
      .map((entry) => JSON.stringify(entry))
      .join('\n');
    await again.call('POST', '/v1/suppressions/import', text, NDJSON);
    expect((await again.call('GET', '/v1/suppressions/export')).body).toEqual(exported.body);
  });
});
