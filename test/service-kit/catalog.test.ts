import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Outage, type Clock } from '@herald/contracts';
import { createCatalog, createHealth, createLog, hashKey, type Catalog, type Health } from '@herald/service-kit';
import { openDatabase } from '@herald/sqlite';
import { createSqliteStore, embeddedStoreModule, type CampaignHead, type Store } from '@herald/store';
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'herald-catalog-'));
let store: Store;
let closeStore: () => Promise<void>;
beforeAll(async () => {
  const database = await openDatabase({ file: join(folder, 'herald.db'), modules: [embeddedStoreModule] });
  store = createSqliteStore({ database });
  closeStore = () => database.close();
});
afterAll(async () => {
  await closeStore();
  rmSync(folder, { recursive: true, force: true });
});

/** A clock whose sleepers wake when the test says so: each `poll` is one look at the store's revision. */
function steppedClock(): { clock: Clock; wake: () => void } {
  let sleepers: (() => void)[] = [];
  return {
    clock: {
      now: () => 0,
      sleep: (_ms, signal) =>
        new Promise((resolve) => {
          sleepers.push(resolve);
          signal?.addEventListener('abort', () => resolve());
        }),
    },
    wake: () => {
      for (const sleeper of sleepers.splice(0)) sleeper();
      sleepers = [];
    },
  };
}

/** The store with doors in front of its reads: a closed one keeps what was read until it is opened. */
interface Doors {
  readonly store: Store;
  down: boolean;
  reads: number;
  polls: number;
  hold(): () => void;
}
function withDoors(inner: Store): Doors {
  let door: Promise<void> = Promise.resolve();
  const doors: Doors = {
    down: false,
    reads: 0,
    polls: 0,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      door = promise;
      return () => {
        door = Promise.resolve();
        resolve();
      };
    },
    store: {
      ...inner,
      configRevision: async () => {
        doors.polls += 1;
        if (doors.down) throw new Outage('unavailable', 'down');
        return inner.configRevision();
      },
      campaigns: { ...inner.campaigns, get: (tenant, id) => pass(() => inner.campaigns.get(tenant, id)) },
      surfaces: { ...inner.surfaces, get: (tenant, id) => pass(() => inner.surfaces.get(tenant, id)) },
      keys: { ...inner.keys, findByHash: (hash) => pass(() => inner.keys.findByHash(hash)) },
    },
  };
  async function pass<T>(read: () => Promise<T>): Promise<T> {
    doors.reads += 1;
    if (doors.down) throw new Outage('unavailable', 'down');
    const waitFor = door;
    const value = await read();
    await waitFor;
    return value;
  }
  return doors;
}

let doors: Doors;
let catalog: Catalog;
let health: Health;
let clock: ReturnType<typeof steppedClock>;
beforeEach(async () => {
  doors = withDoors(store);
  health = createHealth();
  clock = steppedClock();
  const log = createLog({ logLevel: 'silent', logFormat: 'json' });
  catalog = createCatalog({ store: doors.store, clock: clock.clock, pollMs: 500, log, health });
  await until('the first poll', () => health.ready().ready);
});
afterEach(() => catalog.close());

async function poll(): Promise<void> {
  const before = doors.polls;
  clock.wake();
  await until('a poll', () => doors.polls > before);
  // The poll's own answer still has to arrive.
  await store.configRevision();
  await store.configRevision();
}

let count = 0;
const prod = { org: 'acme', sandbox: 'prod' };
const at = '2026-01-01T00:00:00.000Z';
const content = (title: string) => ({
  title,
  description: '',
  surfaceId: 's',
  content: { subject: 's', html: 'h' },
  namespace: 'email',
  createProfiles: false,
  timeToLive: 60,
  guarantee: 'at-least-once' as const,
  onMissing: 'empty' as const,
});

async function newCampaign(over: Partial<CampaignHead> = {}): Promise<CampaignHead> {
  count += 1;
  const head: CampaignHead = {
    id: `campaign-${count}`,
    channel: 'email',
    category: 'transactional',
    state: 'live',
    version: 1,
    liveVersion: 1,
    revision: 1,
    createdAt: at,
    modifiedAt: at,
    ...over,
  };
  await store.campaigns.insert(prod, head, { version: head.version, content: content(`v${head.version}`) });
  return head;
}
const paused = (head: CampaignHead): CampaignHead => ({ ...head, state: 'paused', revision: head.revision + 1 });

test('what was read once is there at once, and a change shows after a poll', async () => {
  const head = await newCampaign();
  await poll();
  expect(catalog.peekCampaign(prod, head.id)).toBeUndefined();
  const read = await catalog.campaign(prod, head.id);
  expect(read).toEqual({ head, version: { version: 1, content: content('v1') } });
  expect(catalog.peekCampaign(prod, head.id)).toEqual(read);
  expect(catalog.peekVersion(prod, head.id, 1)).toEqual(read?.version);

  await store.campaigns.update(prod, paused(head));
  expect(catalog.peekCampaign(prod, head.id)?.head.state).toBe('live');
  await poll();
  expect(catalog.peekCampaign(prod, head.id)).toBeUndefined();
  expect((await catalog.campaign(prod, head.id))?.head.state).toBe('paused');
  expect(catalog.peekVersion(prod, head.id, 1)).toBeDefined();
});

test('nothing is dropped while nothing changes', async () => {
  const head = await newCampaign();
  await poll();
  await catalog.campaign(prod, head.id);
  await poll();
  expect(catalog.peekCampaign(prod, head.id)).toBeDefined();
});

test('a refresh sees what was written before it, poll or no poll, and remembers it', async () => {
  const head = await newCampaign({ state: 'paused' });
  await poll();
  await catalog.campaign(prod, head.id);
  await store.campaigns.update(prod, { ...head, state: 'live', revision: 2 });
  expect((await catalog.refreshCampaign(prod, head.id))?.head.state).toBe('live');
  expect(catalog.peekCampaign(prod, head.id)?.head.state).toBe('live');
});

test('a refresh is not answered with a read that began before the change', async () => {
  const head = await newCampaign({ state: 'paused' });
  await poll();
  const release = doors.hold();
  const early = catalog.refreshCampaign(prod, head.id);
  await until('the early read', () => doors.reads > 0);
  await store.campaigns.update(prod, { ...head, state: 'live', revision: 2 });
  const late = catalog.refreshCampaign(prod, head.id);
  release();
  expect((await early)?.head.state).toBe('paused');
  expect((await late)?.head.state).toBe('live');
});

test('that something does not exist is never remembered', async () => {
  const hash = hashKey('a-key-that-comes-later');
  await expect(catalog.key(hash)).resolves.toBeUndefined();
  await expect(catalog.campaign(prod, 'campaign-unborn')).resolves.toBeUndefined();
  await expect(catalog.surface(prod, 'surface-unborn')).resolves.toBeUndefined();
  await store.keys.insert({ ...prod, id: 'k-later', name: 'later', scopes: ['read'], createdAt: at, hash });
  await newCampaign({ id: 'campaign-unborn' });
  expect((await catalog.key(hash))?.id).toBe('k-later');
  expect((await catalog.campaign(prod, 'campaign-unborn'))?.head.id).toBe('campaign-unborn');
});

test('a value that was read before the cache was dropped is not kept', async () => {
  const head = await newCampaign();
  await poll();
  const release = doors.hold();
  const reading = catalog.campaign(prod, head.id);
  await until('the read', () => doors.reads > 0);
  await store.configRevision();
  await store.campaigns.update(prod, paused(head));
  await poll();
  release();
  expect((await reading)?.head.state).toBe('live');
  expect(catalog.peekCampaign(prod, head.id)).toBeUndefined();
});

test('a draft can still change and is not kept; what was live is', async () => {
  const head = await newCampaign();
  const draft: CampaignHead = { ...head, version: 2, revision: 2 };
  await store.campaigns.update(prod, draft, { version: 2, content: content('first') });
  await poll();
  expect((await catalog.version(prod, head.id, 2))?.content.title).toBe('first');
  expect(catalog.peekVersion(prod, head.id, 2)).toBeUndefined();
  await store.campaigns.update(prod, { ...draft, revision: 3 }, { version: 2, content: content('second') });
  expect((await catalog.version(prod, head.id, 2))?.content.title).toBe('second');

  await store.campaigns.update(prod, { ...draft, liveVersion: 2, revision: 4 });
  expect((await catalog.version(prod, head.id, 1))?.content.title).toBe('v1');
  expect(catalog.peekVersion(prod, head.id, 1)?.content.title).toBe('v1');
  expect((await catalog.refreshCampaign(prod, head.id))?.version?.content.title).toBe('second');
});

test('a campaign with a draft beside it shows the version that calls use', async () => {
  const head = await newCampaign();
  const next: CampaignHead = { ...head, version: 2, revision: 2 };
  await store.campaigns.update(prod, next, { version: 2, content: content('draft') });
  const never = await newCampaign({ state: 'draft' });
  const { liveVersion: _none, ...draft } = never;
  await store.campaigns.insert(prod, { ...draft, id: 'never-live' }, { version: 1, content: content('x') });
  await poll();
  expect((await catalog.campaign(prod, head.id))?.version?.content.title).toBe('v1');
  const found = await catalog.campaign(prod, 'never-live');
  expect(found?.head.state).toBe('draft');
  expect(found).not.toHaveProperty('version');
});

test('many who ask at once share the reads', async () => {
  const head = await newCampaign();
  await poll();
  const before = doors.reads;
  await Promise.all(Array.from({ length: 100 }, () => catalog.campaign(prod, head.id)));
  expect(doors.reads - before).toBeLessThanOrEqual(2);
});

test('an outage turns the check red; what is known goes on to be served, what is not throws', async () => {
  const head = await newCampaign();
  await poll();
  await catalog.campaign(prod, head.id);
  doors.down = true;
  await poll();
  await until('red', () => !health.ready().ready);
  expect(health.ready().checks['store']).toEqual({ ok: false, detail: 'the store does not answer' });
  expect(catalog.peekCampaign(prod, head.id)?.head.state).toBe('live');
  await expect(catalog.campaign(prod, 'other')).rejects.toThrow(Outage);
  await expect(catalog.refreshCampaign(prod, head.id)).rejects.toThrow(Outage);
  expect(catalog.peekCampaign(prod, head.id)).toBeDefined();
  doors.down = false;
  await poll();
  await until('green', () => health.ready().ready);
});

test('tenants are kept apart, however their names are cut', async () => {
  const head = await newCampaign({ id: 'shared-id' });
  await catalog.campaign(prod, head.id);
  for (const other of [
    { org: 'acme', sandbox: 'dev' },
    { org: 'acmep', sandbox: 'rod' },
    { org: '', sandbox: 'acmeprod' },
  ]) {
    expect(catalog.peekCampaign(other, head.id)).toBeUndefined();
    await expect(catalog.campaign(other, head.id)).resolves.toBeUndefined();
  }
  expect(catalog.peekCampaign({ org: 'acme', sandbox: 'prodshared' }, '-id')).toBeUndefined();
});
