import type { Consumer, Delivery } from '@herald/bus';
import {
  decodeMessage,
  executionIdOf,
  isOutage,
  type Channel,
  type EventBody,
  type EventType,
  type Lane,
  type MessageBase,
  type MessageMeta,
} from '@herald/contracts';
import { deadLetterRecord } from './dead-letter.ts';
import { createFinisher, type Edge, type Route } from './finish.ts';
import { expiring, guarded, timed } from './guard.ts';
import { inSeries } from './in-series.ts';
import { messageBaseOf, type Message } from './message.ts';
import type { Outcome } from './outcome.ts';
import type { Pipeline } from './pipeline.ts';
import type { Stage, StageContext } from './stage.ts';

export interface LoopOptions<In extends EventType, Out extends EventType> extends Route<In, Out> {
  readonly run: Stage<In, Out>;
}

/** One stage at work on one lane and channel. */
export interface Loop<In extends EventType> {
  readonly group: string;
  readonly topics: readonly string[];
  /** Messages done so far: a loop that has work and makes no progress is stuck. */
  done(): number;
  /** Messages that were handed over and are not done. */
  inHand(): number;
  /** The in-memory edge: takes a message from the previous stage in this process. Waits while the loop is full. */
  readonly push: Edge<In>;
  /** Takes nothing new, finishes what is in hand, leaves the group. */
  close(): Promise<void>;
  /** Resolves when the loop has ended: with an error if it can no longer do its job. */
  readonly ended: Promise<Error | undefined>;
}

/** Starts the loop: consume, parse, keep keys in series, expire, run the stage, carry out its outcome, acknowledge. */
export async function startLoop<In extends EventType, Out extends EventType = never>(
  pipeline: Pipeline,
  options: LoopOptions<In, Out>,
): Promise<Loop<In>> {
  const { bus, observer, patience, settings } = pipeline;
  const { clock } = pipeline.runtime;
  const { stage: name, lane, channel, inputType, inputTopic } = options;
  const group = groupOf(name, lane, channel);
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();

  const ctx: StageContext = {
    runtime: pipeline.runtime,
    claim: (message, provider, to) =>
      pipeline.ledger.claim(message, name, { kind: 'call', provider, ...(to === undefined ? {} : { to }) }),
  };
  const stage = timed(expiring(guarded(options.run, name, observer), clock), options, observer, clock);
  const finish = createFinisher(pipeline, options);
  const handle = inSeries<In>((batch) =>
    stage(batch, ctx).map((outcome, index) => outcome.then((value) => finish(batch[index] as Message<In>, value))),
  );

  let inHand = 0;
  let done = 0;
  let onRoom: (() => void)[] = [];
  const settled = (): void => {
    inHand -= 1;
    done += 1;
    const waiting = onRoom;
    onRoom = [];
    for (const wake of waiting) wake();
  };
  const room = (): Promise<void> => new Promise((resolve) => onRoom.push(resolve));
  // An outage is left to whoever shuts down: the record is not acknowledged and comes again. Anything else is a bug.
  const notDone = (error: unknown): void => {
    settled();
    if (!isOutage(error)) fail(error instanceof Error ? error : new Error(String(error)));
  };

  function onBatch(batch: readonly Delivery[]): void {
    const readable: { delivery: Delivery; message: Message<In> }[] = [];
    inHand += batch.length;
    for (const delivery of batch) {
      const decoded = decodeMessage(inputType, delivery);
      if (decoded.kind === 'message') {
        const { meta, body } = decoded;
        readable.push({ delivery, message: { meta, body, source: positionOf(delivery), record: delivery } });
      } else {
        acknowledge(delivery, strange(delivery, decoded));
      }
    }
    handle(readable.map((entry) => entry.message)).forEach((handled, index) =>
      acknowledge((readable[index] as { delivery: Delivery }).delivery, handled),
    );
  }

  function acknowledge(delivery: Delivery, handled: Promise<void>): void {
    handled.then(() => {
      settled();
      delivery.ack();
    }, notDone);
  }

  /** A record that this release cannot read: held when a later one wrote it, otherwise a dead letter. */
  async function strange(
    delivery: Delivery,
    decoded: { kind: 'newer' | 'unreadable'; meta?: MessageMeta; detail?: string },
  ): Promise<void> {
    const { meta, detail = '' } = decoded;
    const base = meta && (await baseOf(meta));
    if (meta === undefined || base === undefined) {
      const source = positionOf(delivery);
      const id = `${source.topic}/${source.partition}/${source.offset}`;
      observer.alarm('unreadable-record', { stage: name, ...source });
      return pipeline.publish(
        deadLetterRecord(delivery, {
          id,
          reason: 'unreadable',
          stage: name,
          detail,
          at: clock.now(),
          attempts: 0,
          source,
          originTopic: inputTopic,
        }),
      );
    }
    // Whatever is done with such a message copies its record; only the base of the body is looked at.
    const message: Message<In> = { meta, body: base as EventBody<In>, source: positionOf(delivery), record: delivery };
    if (clock.now() >= meta.deadline)
      return finish(message, { kind: 'end', ending: { state: 'expired', reason: 'deadline' } });
    const outcome: Outcome<Out> =
      decoded.kind === 'newer'
        ? { kind: 'hold', reason: 'newer-version' }
        : { kind: 'dead', reason: 'unreadable', detail };
    return finish(message, outcome);
  }

  /** What every payload carries, from the execution's record instead of the payload. */
  async function baseOf(meta: MessageMeta): Promise<MessageBase | undefined> {
    const executionId = executionIdOf(meta.messageId);
    const execution = await patience.persist(() => pipeline.store.executions.get(meta, executionId));
    return execution && messageBaseOf(execution);
  }

  const consumer: Consumer = await bus.consume({
    topics: [inputTopic],
    group,
    onBatch,
    maxInFlight: settings.maxInFlight,
    maxInFlightBytes: settings.maxInFlightBytes,
    onAlarm: (alarm) => observer.alarm(alarm.code, { group: alarm.group, ...alarm.position }),
  });
  patience.onChange((waiting) => (waiting ? consumer.pause() : consumer.resume()));

  let queue: { message: Message<In>; resolve: () => void; reject: (error: unknown) => void }[] = [];
  const drain = (): void => {
    const batch = queue;
    queue = [];
    handle(batch.map((entry) => entry.message)).forEach((handled, index) => {
      const entry = batch[index] as (typeof batch)[number];
      handled.then(
        () => {
          settled();
          entry.resolve();
        },
        (error: unknown) => {
          notDone(error);
          entry.reject(error);
        },
      );
    });
  };
  async function push(message: Message<In>): Promise<void> {
    while (inHand >= settings.maxInFlight) await room();
    inHand += 1;
    return new Promise((resolve, reject) => {
      queue.push({ message, resolve, reject });
      if (queue.length === 1) queueMicrotask(drain);
    });
  }

  return {
    group,
    topics: [inputTopic],
    done: () => done,
    inHand: () => inHand,
    push,
    async close() {
      consumer.pause();
      while (inHand > 0) await room();
      await consumer.close();
    },
    ended: Promise.race([failed, consumer.ended]),
  };
}

const positionOf = ({ topic, partition, offset }: Delivery): { topic: string; partition: number; offset: number } => ({
  topic,
  partition,
  offset,
});

/** The consumer group of a stage on one lane and channel. */
export const groupOf = (stage: string, lane: Lane, channel: Channel): string => `herald.${stage}.${lane}.${channel}`;
