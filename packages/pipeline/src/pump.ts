import type { Consumer, Delivery } from '@herald/bus';
import { isOutage } from '@herald/contracts';
import type { Pipeline } from './pipeline.ts';

export interface PumpOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly maxInFlight: number;
  /** Does what is to be done with a batch; when it resolves the batch is acknowledged. Repeats must be harmless. */
  readonly handle: (batch: readonly Delivery[]) => Promise<void>;
}

export interface Pump {
  readonly group: string;
  readonly topics: readonly string[];
  done(): number;
  /** Records that were handed over and are not done. */
  inHand(): number;
  close(): Promise<void>;
  readonly ended: Promise<Error | undefined>;
}

/** Consumes records that are no stage's input, whole batches at a time: the ladder, status events, dead letters. */
export async function startPump({ bus, patience, settings, observer }: Pipeline, options: PumpOptions): Promise<Pump> {
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  let done = 0;
  let inHand = 0;
  let handling: Promise<void> = Promise.resolve();

  const consumer: Consumer = await bus.consume({
    topics: options.topics,
    group: options.group,
    maxInFlight: options.maxInFlight,
    maxInFlightBytes: settings.maxInFlightBytes,
    onAlarm: (alarm) => observer.alarm(alarm.code, { group: alarm.group, ...alarm.position }),
    onBatch: (batch) => {
      inHand += batch.length;
      const handled = patience
        .persist(() => options.handle(batch))
        .then(
          () => {
            inHand -= batch.length;
            done += batch.length;
            for (const delivery of batch) delivery.ack();
          },
          (error: unknown) => {
            inHand -= batch.length;
            if (!isOutage(error)) fail(error instanceof Error ? error : new Error(String(error)));
          },
        );
      handling = Promise.all([handling, handled]).then(() => undefined);
    },
  });
  patience.onChange((waiting) => (waiting ? consumer.pause() : consumer.resume()));

  return {
    group: options.group,
    topics: options.topics,
    done: () => done,
    inHand: () => inHand,
    async close() {
      consumer.pause();
      await handling;
      await consumer.close();
    },
    ended: Promise.race([failed, consumer.ended]),
  };
}
