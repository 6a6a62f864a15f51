import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBus, embeddedBusModule, type Bus, type BusRecord } from '@herald/bus';
import { allTopics, encodeMessage, type Clock, type EventBody, type MessageMeta } from '@herald/contracts';
import { createPipeline, type Message, type Pipeline } from '@herald/pipeline';
import { systemRuntime } from '@herald/service-kit';
import { openDatabase } from '@herald/sqlite';
import { createSqliteStore, embeddedStoreModule, type Store } from '@herald/store';
import { unique } from './client.ts';

export const LEASE_MS = 10_000;

export interface Bench extends Pipeline {
  /** Moves the pipeline's clock, not the bus's. */
  advance(ms: number): void;
  readonly alarms: string[];
  readonly bugs: string[];
  /** Every record of a topic, oldest first. */
  records(topic: string): Promise<BusRecord[]>;
  dispose(): Promise<void>;
}

/** A pipeline on the real embedded bus and store, with a clock that can be moved. */
export async function createBench(
  decorate: { bus?: (bus: Bus) => Bus; store?: (store: Store) => Store; ladderMs?: readonly number[] } = {},
): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'herald-pipeline-'));
  const database = await openDatabase({
    file: join(folder, 'herald.db'),
    modules: [embeddedBusModule, embeddedStoreModule],
  });
  const { ladderMs = [60_000, 300_000] } = decorate;
  const topics = allTopics({ partitions: 2, retentionMs: 3_600_000, ladderMs });
  const realBus = await createEmbeddedBus({ database, topics, clock: systemRuntime.clock });
  const realStore = createSqliteStore({ database });
  let ahead = 0;
  const clock: Clock = { now: () => systemRuntime.clock.now() + ahead, sleep: systemRuntime.clock.sleep };
  const alarms: string[] = [];
  const bugs: string[] = [];
  const pipeline = createPipeline({
    bus: decorate.bus?.(realBus) ?? realBus,
    store: decorate.store?.(realStore) ?? realStore,
    runtime: { ...systemRuntime, clock },
    observer: {
      stage: () => {},
      alarm: (code) => void alarms.push(code),
      bug: (_stage, messageId) => void bugs.push(messageId),
    },
    settings: {
      ladderMs,
      retryPolicyMs: [60_000, 60_000],
      leaseMs: LEASE_MS,
      maxInFlight: 100,
      maxInFlightBytes: 10_000_000,
    },
  });
  return {
    ...pipeline,
    alarms,
    bugs,
    advance: (ms) => void (ahead += ms),
    async records(topic) {
      const found: BusRecord[] = [];
      for (const partition of [0, 1]) {
        for (let offset = 0; ; offset += 1) {
          const record = await realBus.read({ topic, partition, offset }).catch(() => undefined);
          if (record === undefined) break;
          found.push(record);
        }
      }
      return found;
    },
    async dispose() {
      pipeline.patience.giveUp();
      await realBus.close();
      await realStore.close();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Rendered = Message<'message.rendered.v1'>;

/** A message that a sender could send. */
export function renderedMessage(
  over: { meta?: Partial<MessageMeta>; body?: Partial<EventBody<'message.rendered.v1'>> } = {},
): Rendered {
  const executionId = `HUMA-${unique('x')}`;
  const now = Date.now();
  return {
    source: { topic: 'herald.transactional.email.rendered', partition: 0, offset: 0 },
    meta: {
      messageId: `${executionId}.0`,
      round: 1,
      attempt: 1,
      deadline: now + 3_600_000,
      org: 'herald',
      sandbox: 'prod',
      key: unique('key'),
      rung: 0,
      ...over.meta,
    },
    body: {
      executionId,
      campaignId: 'c-1',
      campaignVersion: 1,
      channel: 'email',
      lane: 'transactional',
      guarantee: 'at-least-once',
      times: { accepted: now },
      address: 'ada@example.com',
      surfaceId: 's-1',
      content: { kind: 'email', subject: 'Hi', html: '<p>Hi</p>', text: 'Hi' },
      ...over.body,
    },
  };
}

export const recordOf = ({ meta, body }: Rendered) => ({
  topic: 'herald.transactional.email.rendered',
  ...encodeMessage('message.rendered.v1', meta, body),
});
