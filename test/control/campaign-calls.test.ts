import type { Campaign } from '@herald/contracts';
import { createControlApi } from '@herald/control';
import { start } from '@herald/ingress';
import {
  authenticate,
  createApi,
  createCatalog,
  createHttpServer,
  type Api,
  type ServiceDeps,
} from '@herald/service-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createClient, recipient, unique, type Client } from '../support/client.ts';
import { startServer, type Parts, type TestServer } from '../support/server.ts';
import { act, newCampaign, typeOf } from './fixture.ts';

let server: TestServer;
let client: Client;
const ingresses: ReturnType<typeof start>[] = [];

/** The execution API on these parts: nothing behind it consumes. */
function ingressOf(parts: Parts): Api {
  const pipeline = { ...parts.pipeline, bus: parts.bus };
  const deps = { ...parts, pipeline, config: { maxLag: 1_000_000 }, full: () => undefined };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what ingress uses of them
  const ingress = start(deps as unknown as ServiceDeps);
  ingresses.push(ingress);
  return ingress.api;
}

beforeAll(async () => {
  server = await startServer((parts) => [
    createControlApi({
      ...parts,
      providers: [],
      config: { topicRetentionMs: 72 * 3_600_000, sweepGraceMs: 300_000, recordRetentionDays: 30 },
    }),
    ingressOf(parts),
  ]);
  client = await server.client();
});
afterAll(async () => {
  await Promise.all(ingresses.map((ingress) => ingress.close()));
  await server.dispose();
});

const call = async (id: string, by: Client = client): Promise<readonly [number, string]> => {
  const answer = await by.call('POST', '/ajo/im/executions/unitary', {
    requestId: unique('request'),
    campaignId: id,
    recipients: [recipient()],
  });
  return [answer.status, typeOf(answer)];
};
const ACCEPTED = [202, ''] as const;
const OUTSIDE = [409, '002003-409'] as const;

describe('the dates of a campaign, by the millisecond', () => {
  const HOUR = 3_600_000;
  beforeEach(() => server.freeze());
  const at = (ms: number): string => new Date(server.runtime.clock.now() + ms).toISOString();
  const live = async (over: object): Promise<string> => {
    const { id } = await newCampaign(client, over);
    expect((await act(client, id, 'activate')).status).toBe(200);
    return id;
  };

  test('the start belongs to them', async () => {
    const id = await live({ startAt: at(HOUR) });
    server.advance(HOUR - 1);
    expect(await call(id)).toEqual(OUTSIDE);
    server.advance(1);
    expect(await call(id)).toEqual(ACCEPTED);
  });

  test('the end does not', async () => {
    const id = await live({ endAt: at(HOUR) });
    expect(await call(id)).toEqual(ACCEPTED);
    server.advance(HOUR - 1);
    expect(await call(id)).toEqual(ACCEPTED);
    server.advance(1);
    expect(await call(id)).toEqual(OUTSIDE);
  });

  test('without an end they go on', async () => {
    const id = await live({ startAt: at(HOUR) });
    const dateless = await live({});
    server.advance(365 * 24 * HOUR);
    for (const one of [id, dateless]) expect(await call(one)).toEqual(ACCEPTED);
  });

  test('both, and on the wall of a time zone', async () => {
    const wall = new Date(Math.ceil(server.runtime.clock.now() / 1_000) * 1_000 + HOUR);
    const local = (ms: number): string => new Date(wall.getTime() + 9 * HOUR + ms).toISOString().replace(/\.\d+Z$/, '');
    // Tokyo is nine hours ahead, all year.
    const id = await live({ timeZone: 'Asia/Tokyo', startAt: local(0), endAt: local(HOUR) });
    server.advance(wall.getTime() - server.runtime.clock.now() - 1);
    expect(await call(id)).toEqual(OUTSIDE);
    server.advance(1);
    expect(await call(id)).toEqual(ACCEPTED);
    server.advance(HOUR - 1);
    expect(await call(id)).toEqual(ACCEPTED);
    server.advance(1);
    expect(await call(id)).toEqual(OUTSIDE);
  });
});

test('a scheduled campaign takes no calls', async () => {
  const scheduledAt = new Date(server.runtime.clock.now() + 3_600_000).toISOString();
  const over = { type: 'scheduled', audience: { kind: 'list', id: 'vip' }, scheduledAt };
  const { id } = await newCampaign(client, over);
  expect(await call(id)).toEqual([409, '002020-409']);
});

test('an archived one neither', async () => {
  const { id } = await newCampaign(client);
  await act(client, id, 'archive');
  expect(await call(id)).toEqual([409, '002002-409']);
});

test('the first call right after an activation is taken by a process that has just refused one', async () => {
  // A second process: its own cache of the same store, which it looks at once an hour.
  const { store, runtime, log, health } = server;
  const catalog = createCatalog({ store, clock: runtime.clock, pollMs: 3_600_000, log, health });
  const parts: Parts = { ...server, catalog, authenticated: authenticate({ catalog, clock: runtime.clock }) };
  const other = createHttpServer({
    config: { host: '127.0.0.1', port: 0 },
    apis: [ingressOf(parts), createApi(parts.authenticated)],
    health,
    metrics: server.metrics,
    log,
    runtime,
  });
  const { url } = await other.listen();
  try {
    const there = createClient(url, client.key);
    const { id } = await newCampaign(client);
    expect((await call(id, there))[0]).toBe(409);
    for (let version = 1; version <= 5; version += 1) {
      expect((await act(client, id, version === 1 ? 'activate' : 'resume')).status).toBe(200);
      expect(await call(id, there)).toEqual(ACCEPTED);
      await act(client, id, 'pause');
      await catalog.refreshCampaign({ org: 'acme', sandbox: 'prod' }, id);
      expect((await call(id, there))[0]).toBe(409);
    }
    const { body } = await client.call<Campaign>('GET', `/v1/campaigns/${id}`);
    expect(body.state).toBe('paused');
  } finally {
    await other.close(1_000);
    catalog.close();
  }
});
