import { Outage } from '@herald/contracts';
import type { Message } from 'kafkajs';
import type { NewRecord } from '../port.ts';
import type { KafkaObserver } from './observer.ts';
import { BATCH_OVERHEAD_BYTES, MAX_BATCH_BYTES, measure, toMessage } from './records.ts';
import type { Batch, Sender } from './sender.ts';

/** Of one send: encoding more would keep the process from everything else for too long. */
const MAX_RECORDS = 1_000;
const MAX_BYTES = 8 * 1024 * 1024;

export interface Target {
  /** The topic's name on the cluster. */
  readonly topic: string;
  readonly partition: number;
}

export interface Publisher {
  /** As `Bus.publish`. */
  publish(records: readonly NewRecord[]): Promise<void>;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

interface Placed extends Target {
  readonly message: Message;
  readonly bytes: number;
}

/** One call: resolved with its last record, rejected with the first send that fails. */
interface Call {
  readonly records: readonly Placed[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  taken: number;
  done: number;
  failed: boolean;
}

/**
 * Gathers what everybody publishes while a send is outstanding and sends it together, in the order of the calls; there is
 * no timer, so a lone record goes at once and batches grow with the load. `targetOf` throws `RangeError` for an unknown
 * topic, before anything of the call is sent.
 */
export function createPublisher(
  sender: Sender,
  targetOf: (record: NewRecord) => Target,
  observer: KafkaObserver,
): Publisher {
  let waiting: Call[] = [];
  let sending: Promise<void> | undefined;

  const place = (record: NewRecord): Placed => {
    const { topic, partition } = targetOf(record);
    return { topic, partition, bytes: measure(record), message: toMessage(record, partition) };
  };

  /** In the order of the calls, up to the first record for which there is no room. */
  const take = (): { batches: Batch[]; calls: Map<Call, number>; records: number; bytes: number } => {
    const partitions = new Map<string, Batch & { messages: Message[]; bytes: number }>();
    const calls = new Map<Call, number>();
    let records = 0;
    let bytes = 0;
    for (const call of waiting) {
      while (!call.failed && call.taken < call.records.length) {
        const record = call.records[call.taken];
        if (record === undefined) break;
        const name = `${record.topic} ${record.partition}`;
        let batch = partitions.get(name);
        const full = (batch?.bytes ?? BATCH_OVERHEAD_BYTES) + record.bytes > MAX_BATCH_BYTES;
        if (full || records === MAX_RECORDS || (records > 0 && bytes + record.bytes > MAX_BYTES)) {
          return { batches: [...partitions.values()], calls, records, bytes };
        }
        if (batch === undefined) {
          batch = { topic: record.topic, partition: record.partition, messages: [], bytes: BATCH_OVERHEAD_BYTES };
          partitions.set(name, batch);
        }
        batch.messages.push(record.message);
        batch.bytes += record.bytes;
        records += 1;
        bytes += record.bytes;
        call.taken += 1;
        calls.set(call, (calls.get(call) ?? 0) + 1);
      }
    }
    return { batches: [...partitions.values()], calls, records, bytes };
  };

  const fail = (calls: Iterable<Call>, error: unknown): void => {
    for (const call of calls) {
      call.failed = true;
      call.reject(error);
    }
  };

  const sendAll = async (): Promise<void> => {
    // Calls of the same turn travel together.
    await Promise.resolve();
    while (waiting.length > 0) {
      const { batches, calls, records, bytes } = take();
      const from = performance.now();
      let ok = true;
      try {
        await sender.send(batches);
        for (const [call, count] of calls) {
          call.done += count;
          if (call.done === call.records.length) call.resolve();
        }
      } catch (error) {
        ok = false;
        // Nobody waits twice for a cluster that does not answer: those in the queue have waited as long.
        fail(sender.down() === undefined ? calls.keys() : [...calls.keys(), ...waiting], error);
      }
      waiting = waiting.filter((call) => !call.failed && call.taken < call.records.length);
      observer.onMetric({ kind: 'publish', seconds: (performance.now() - from) / 1_000, records, bytes, ok });
    }
    sending = undefined;
  };

  return {
    publish: async (records) => {
      // All of them, before one is sent: an error of the caller leaves nothing behind.
      const placed = records.map(place);
      if (placed.length === 0) return;
      const down = sender.down();
      if (down !== undefined) throw new Outage(down.code, down.message, { cause: down });
      await new Promise<void>((resolve, reject) => {
        waiting.push({ records: placed, resolve, reject, taken: 0, done: 0, failed: false });
        sending ??= sendAll();
      });
    },
    idle: async () => {
      await sending;
    },
  };
}
