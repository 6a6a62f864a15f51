import { isOutage, type Clock, type Surface, type Tenant } from '@herald/contracts';
import type { CampaignHead, CampaignVersion, KeyRecord, Store } from '@herald/store';
import { LRUCache } from 'lru-cache';
import type { Health } from './health.ts';
import type { Log } from './log.ts';
import { createReadThrough } from './read-through.ts';

/** A campaign and the version that calls use; without a version it was never activated. */
export interface LiveCampaign {
  readonly head: CampaignHead;
  readonly version?: CampaignVersion;
}

/**
 * Configuration as a cache of the store. What it holds is at most a poll old. `peek…` answers at once from memory;
 * the others read from the store what is not there, and throw `Outage` while it does not answer. That something does
 * not exist is never remembered.
 */
export interface Catalog {
  peekCampaign(tenant: Tenant, id: string): LiveCampaign | undefined;
  peekVersion(tenant: Tenant, id: string, version: number): CampaignVersion | undefined;
  peekSurface(tenant: Tenant, id: string): Surface | undefined;
  peekKey(hash: string): KeyRecord | undefined;
  campaign(tenant: Tenant, id: string): Promise<LiveCampaign | undefined>;
  version(tenant: Tenant, id: string, version: number): Promise<CampaignVersion | undefined>;
  surface(tenant: Tenant, id: string): Promise<Surface | undefined>;
  key(hash: string): Promise<KeyRecord | undefined>;
  /** Always from the store: to be called before an answer is negative (unknown, not live, outdated). */
  refreshCampaign(tenant: Tenant, id: string): Promise<LiveCampaign | undefined>;
  /** False from a look at the store's revision that failed until one that did not. */
  answers(): boolean;
  close(): void;
}

export interface CatalogDeps {
  readonly store: Pick<Store, 'campaigns' | 'surfaces' | 'keys' | 'configRevision'>;
  readonly clock: Clock;
  /** Milliseconds between two looks at the store's revision. */
  readonly pollMs: number;
  readonly log: Log;
  readonly health: Health;
  /** Of each kind; room for them is taken at once. */
  readonly maxEntries?: number;
}

export const STORE_SILENT = 'the store does not answer';
const MAX_ENTRIES = 10_000;
/** Characters of content that are kept at most: ten thousand large campaigns would fill the memory. */
const MAX_CONTENT = 64 * 1024 * 1024;

export function createCatalog({
  store,
  clock,
  pollMs,
  log,
  health,
  maxEntries: max = MAX_ENTRIES,
}: CatalogDeps): Catalog {
  const campaigns = new LRUCache<string, LiveCampaign>({
    max,
    maxSize: MAX_CONTENT,
    sizeCalculation: ({ version }) => (version === undefined ? 1 : sizeOf(version)),
  });
  const surfaces = new LRUCache<string, Surface>({ max });
  const keys = new LRUCache<string, KeyRecord>({ max });
  /** Versions that are or were live: these never change, so no change of the configuration drops them. */
  const versions = new LRUCache<string, CampaignVersion>({
    max,
    maxSize: MAX_CONTENT,
    sizeCalculation: sizeOf,
  });

  const sharedCampaign = createReadThrough<LiveCampaign | undefined>();
  const sharedSurface = createReadThrough<Surface | undefined>();
  const sharedKey = createReadThrough<KeyRecord | undefined>();
  const closing = new AbortController();
  let revision: number | undefined;
  /** Counts the times that the cache was dropped. */
  let era = 0;
  let answers = true;

  /** A value that was read before the cache was dropped may be what the drop was about: it is used once, not kept. */
  async function keeping<T>(read: () => Promise<T | undefined>, keep: (value: T) => void): Promise<T | undefined> {
    const before = era;
    const value = await read();
    if (value !== undefined && era === before) keep(value);
    return value;
  }

  const refreshCampaign = (tenant: Tenant, id: string): Promise<LiveCampaign | undefined> => {
    const key = keyOf(tenant, id);
    return sharedCampaign(key, () =>
      keeping(
        () => readCampaign(tenant, id),
        (campaign) => campaigns.set(key, campaign),
      ),
    );
  };

  async function readCampaign(tenant: Tenant, id: string): Promise<LiveCampaign | undefined> {
    const found = await store.campaigns.get(tenant, id);
    if (found === undefined) return undefined;
    const { head, newest } = found;
    if (head.liveVersion === undefined) return { head };
    const key = keyOf(tenant, id, head.liveVersion);
    const version =
      newest.version === head.liveVersion
        ? newest
        : (versions.get(key) ?? (await store.campaigns.getVersion(tenant, id, head.liveVersion)));
    if (version === undefined) return { head };
    versions.set(key, version);
    return { head, version };
  }

  async function readVersion(tenant: Tenant, id: string, number: number): Promise<CampaignVersion | undefined> {
    const key = keyOf(tenant, id, number);
    const known = versions.get(key);
    if (known !== undefined) return known;
    // The head first: a draft that is read before it is activated could still be changed in between, and is not kept.
    const campaign = await refreshCampaign(tenant, id);
    if (campaign?.version?.version === number) return campaign.version;
    const found = await store.campaigns.getVersion(tenant, id, number);
    const wasLive = number <= (campaign?.head.liveVersion ?? 0);
    if (found !== undefined && wasLive) versions.set(key, found);
    return found;
  }

  const surface = (tenant: Tenant, id: string): Promise<Surface | undefined> => {
    const key = keyOf(tenant, id);
    return sharedSurface(key, () =>
      keeping(
        () => store.surfaces.get(tenant, id),
        (found) => surfaces.set(key, found),
      ),
    );
  };

  const key = (hash: string): Promise<KeyRecord | undefined> =>
    sharedKey(hash, () =>
      keeping(
        () => store.keys.findByHash(hash),
        (found) => keys.set(hash, found),
      ),
    );

  async function poll(): Promise<void> {
    try {
      const current = await store.configRevision();
      // The first look drops too: what was read before it may be older than what it saw.
      if (current !== revision) {
        revision = current;
        era += 1;
        campaigns.clear();
        surfaces.clear();
        keys.clear();
      }
      answers = true;
      health.set('store', true);
    } catch (error) {
      if (closing.signal.aborted) return;
      if (!isOutage(error)) log.error({ err: error }, 'the configuration could not be read');
      answers = false;
      health.set('store', false, STORE_SILENT);
    }
  }

  health.set('store', false, 'not asked yet');
  void (async () => {
    while (!closing.signal.aborted) {
      await poll();
      await clock.sleep(pollMs, closing.signal);
    }
  })();

  return {
    peekCampaign: (tenant, id) => campaigns.get(keyOf(tenant, id)),
    peekVersion: (tenant, id, number) => versions.get(keyOf(tenant, id, number)),
    peekSurface: (tenant, id) => surfaces.get(keyOf(tenant, id)),
    peekKey: (hash) => keys.get(hash),
    campaign: async (tenant, id) => campaigns.get(keyOf(tenant, id)) ?? refreshCampaign(tenant, id),
    version: readVersion,
    surface: async (tenant, id) => surfaces.get(keyOf(tenant, id)) ?? surface(tenant, id),
    key: async (hash) => keys.get(hash) ?? key(hash),
    refreshCampaign,
    answers: () => answers,
    close: () => closing.abort(),
  };
}

const sizeOf = ({ content: { content } }: CampaignVersion): number =>
  Object.values(content).reduce<number>((sum, part) => sum + (typeof part === 'string' ? part.length : 1), 1);

/** The lengths keep tenants apart whatever characters their names hold. */
const keyOf = ({ org, sandbox }: Tenant, id: string, version?: number): string =>
  `${org.length} ${sandbox.length} ${org}${sandbox}${id}${version === undefined ? '' : `\n${version}`}`;
