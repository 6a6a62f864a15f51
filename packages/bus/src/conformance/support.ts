import { afterEach, beforeEach, test } from '@jest/globals';
import type { TopicSpec } from '@herald/contracts';
import type { Bus, BusAlarm, ConsumeOptions, Consumer, Delivery, NewRecord } from '../port.ts';
import type { BusUnderTest, Fixture } from './fixture.ts';

const PATIENCE_MS = 15_000;

/** Resolves when the condition holds; rejects with what it is about after a deadline. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

/** Opens a bus for one case, and disposes of it after. */
export function forEachCase<Under extends BusUnderTest>(
  fixture: Fixture<Under>,
): (topics: readonly TopicSpec[]) => Promise<Under> {
  let created: Under[] = [];
  beforeEach(() => {
    created = [];
  });
  afterEach(async () => {
    await Promise.all(created.map((bus) => bus.dispose()));
  });
  return async (topics) => {
    const bus = await fixture.create(topics);
    created.push(bus);
    return bus;
  };
}

export function record(topic: string, key: string, value: string | Uint8Array = key): NewRecord {
  return { topic, key, headers: { 'message-id': key }, value: typeof value === 'string' ? Buffer.from(value) : value };
}

/** Records with the keys `0`, `1`, … */
export const records = (topic: string, count: number, value?: string): NewRecord[] =>
  Array.from({ length: count }, (_, index) => record(topic, String(index), value));

export interface Recorder {
  readonly consumer: Consumer;
  /** In the order of their arrival. */
  readonly deliveries: readonly Delivery[];
  readonly batches: readonly (readonly Delivery[])[];
  readonly alarms: readonly BusAlarm[];
  readonly keys: () => string[];
  /** Resolves when at least that many arrived. */
  arrived(count: number): Promise<void>;
  /** From now on acknowledges all that arrived and will arrive. */
  ackAll(): void;
}

/** A member that notes what it is handed. It acknowledges nothing, unless `ack` says so. */
export async function join(
  bus: Bus,
  options: Pick<ConsumeOptions, 'topics' | 'group'> &
    Partial<ConsumeOptions> & { readonly ack?: (delivery: Delivery) => boolean },
): Promise<Recorder> {
  const deliveries: Delivery[] = [];
  const batches: (readonly Delivery[])[] = [];
  const alarms: BusAlarm[] = [];
  let acknowledges = options.ack ?? (() => false);
  const consumer = await bus.consume({
    maxInFlight: 10_000,
    maxInFlightBytes: 64 * 1024 * 1024,
    onBatch: (batch) => {
      batches.push(batch);
      deliveries.push(...batch);
      for (const delivery of batch) if (acknowledges(delivery)) delivery.ack();
    },
    onAlarm: (alarm) => alarms.push(alarm),
    ...options,
  });
  return {
    consumer,
    deliveries,
    batches,
    alarms,
    keys: () => deliveries.map(({ key }) => key),
    arrived: (count) => until(`${count} records arrived`, () => deliveries.length >= count),
    ackAll: () => {
      acknowledges = () => true;
      for (const delivery of deliveries) delivery.ack();
    },
  };
}

export const always = (): boolean => true;

/** What the group has not committed, over all of the topics. */
export async function lagOf(bus: Bus, group: string, topics: readonly string[]): Promise<number> {
  const lags = await bus.lag(group, topics);
  return [...lags.values()].reduce((sum, lag) => sum + lag, 0);
}

export const sorted = (keys: readonly string[]): string[] => keys.toSorted();

/** A case for those that can show it; for others there is none. */
export const testIf =
  (shown: boolean) =>
  (name: string, run: () => Promise<void>, timeoutMs?: number): void => {
    if (shown) test(name, run, timeoutMs);
  };
