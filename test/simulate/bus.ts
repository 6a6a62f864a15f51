import type { Bus, ConsumeOptions, Consumer, Delivery } from '@herald/bus';
import { createAssignment, type Assignment } from '../../packages/bus/src/assignment.ts';
import type { Host } from './host.ts';
import type { Group, Member, Partition, SimulatedLog } from './log.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

export interface BusWorld {
  readonly log: SimulatedLog;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
  readonly plan: Plan;
  /** True while commits may fail. */
  readonly troubled: () => boolean;
  /** Told of every record that is handed to a member of a group. */
  readonly onHandOver: (group: string, delivery: Delivery) => void;
  /** A handler threw, which it never may. */
  readonly onThrow: (group: string, error: unknown) => void;
}

/** After so long without a word a member is taken for dead. */
const SESSION_MS = 6_000;
const BATCH = 50;

/** Shares the partitions of a group anew. Who had one and is well often keeps it, and sometimes does not. */
export function rebalance(group: Group, { log, random, trace }: BusWorld): void {
  const members = [...group.members];
  const topics = new Set(members.flatMap((member) => [...member.topics]));
  for (const partition of log.partitionsOf([...topics])) {
    const owner = group.owners.get(partition);
    const stays = owner !== undefined && group.members.has(owner) && random.chance(0.5);
    const next = stays ? owner : random.pick(members.filter((member) => member.topics.has(partition.topic)));
    if (next === owner) continue;
    if (owner !== undefined) owner.revoke(partition);
    group.owners.set(partition, next);
    next.assign(partition, group.committed.get(partition) ?? 0);
  }
  for (const [partition, owner] of group.owners) {
    if (group.members.has(owner)) continue;
    owner.revoke(partition);
    group.owners.delete(partition);
  }
  if (trace.on) trace.add('log', `rebalances ${group.name} among ${members.length}`);
}

/** The bus as one process has it. */
export function createSimulatedBus(host: Host, world: BusWorld): Bus {
  const { log } = world;
  return {
    publish: (records) =>
      host.call('bus', `publishes ${records.map(({ topic }) => topic.replace('herald.', '')).join(' ')}`, (taken) =>
        log.append(records, taken),
      ),
    consume: (options) =>
      host.call('sure', `joins ${options.group}`, () => {
        const { consumer, member } = createConsumer(host, world, options);
        const group = log.group(options.group);
        if (host.alive()) {
          group.members.add(member);
          rebalance(group, world);
        }
        return consumer;
      }),
    read: (position) => host.call('bus', 'reads', () => log.read(position)),
    lag: (group, topics) =>
      host.call('bus', 'asks for the lag', () => new Map(topics.map((topic) => [topic, log.lag(group, topic)]))),
    backlog: () => Promise.resolve([]),
    failed: new Promise(() => {}),
    close: () => Promise.resolve(),
  };
}

interface Hand {
  readonly assignment: Assignment<Partition>;
  /** The prefix that is acknowledged and not committed yet. */
  dirty: number | undefined;
  committing: boolean;
}

function createConsumer(
  host: Host,
  world: BusWorld,
  options: ConsumeOptions,
): { readonly consumer: Consumer; readonly member: Member } {
  const { log, scheduler, random, plan } = world;
  const group = log.group(options.group);
  const hands = new Map<Partition, Hand>();
  const ended = Promise.withResolvers<Error | undefined>();
  let over = false;
  let paused = false;
  let planned = false;
  let inFlight = 0;
  let inFlightBytes = 0;
  let turn = 0;

  const latency = (): number => random.between(0.05, plan.latencyMs);

  const look = (): void => {
    if (planned || paused || over) return;
    planned = true;
    host.later(latency(), () => {
      planned = false;
      if (!paused && !over) fetch();
    });
  };

  function fetch(): void {
    const batch: Delivery[] = [];
    const all = [...hands.values()];
    turn += 1;
    for (let index = 0; index < all.length; index += 1) {
      const hand = all[(index + turn) % all.length] as Hand;
      takeFrom(hand, batch);
    }
    if (batch.length === 0) return;
    try {
      options.onBatch(batch);
    } catch (error) {
      world.onThrow(options.group, error);
    }
    look();
  }

  function takeFrom(hand: Hand, batch: Delivery[]): void {
    const { partition } = hand.assignment;
    const most = batch.length + random.integer(1, BATCH);
    for (;;) {
      const record = partition.records[hand.assignment.next()];
      if (record === undefined || batch.length >= most || inFlight >= options.maxInFlight) return;
      const waitMs = record.timestamp + partition.delayMs - scheduler.now();
      if (partition.delayMs > 0 && waitMs > 0) {
        host.later(waitMs, look);
        return;
      }
      const bytes = record.value.byteLength;
      if (inFlight > 0 && inFlightBytes + bytes > options.maxInFlightBytes) return;
      const acknowledge = hand.assignment.hand(record.offset);
      inFlight += 1;
      inFlightBytes += bytes;
      let done = false;
      const delivery: Delivery = {
        ...record,
        ack() {
          if (done) return;
          done = true;
          inFlight -= 1;
          inFlightBytes -= bytes;
          acknowledge();
          look();
        },
      };
      world.onHandOver(options.group, delivery);
      batch.push(delivery);
    }
  }

  function commit(hand: Hand): void {
    if (hand.committing || hand.dirty === undefined) return;
    hand.committing = true;
    const next = hand.dirty;
    hand.dirty = undefined;
    const again = (ms: number): void =>
      host.later(ms, () => {
        hand.committing = false;
        commit(hand);
      });
    scheduler.after(latency() + random.between(0, 100), () => {
      const { assignment } = hand;
      if (!assignment.live() || (!host.alive() && random.chance(0.5))) return;
      const fails = world.troubled() && random.chance(plan.commitFaults);
      if (!fails || random.chance(0.5)) group.committed.set(assignment.partition, next);
      if (!fails) return again(latency());
      // Whether it took effect, its sender does not know: it is sent again.
      hand.dirty ??= next;
      again(250);
    });
  }

  const member: Member = {
    topics: new Set(options.topics),
    assign(partition, from) {
      const assignment = createAssignment(partition, from, (next) => {
        hand.dirty = next;
        commit(hand);
      });
      const hand: Hand = { assignment, dirty: undefined, committing: false };
      hands.set(partition, hand);
      partition.listeners.add(look);
      look();
    },
    revoke(partition) {
      const hand = hands.get(partition);
      if (hand === undefined) return;
      // A member that is asked in time commits what it has; one that is taken for dead is not asked.
      if (hand.dirty !== undefined && host.alive() && !host.frozen() && random.chance(0.5)) {
        group.committed.set(partition, hand.dirty);
      }
      hand.assignment.revoke();
      hands.delete(partition);
      partition.listeners.delete(look);
    },
  };

  const leave = (): void => {
    if (group.members.delete(member)) rebalance(group, world);
  };
  /** Frozen for longer than a session lasts: it learns that it was taken for dead when it wakes up, and joins again. */
  const takenForDead = (): void => {
    if (over || !host.frozen()) return;
    leave();
    host.later(0, () => {
      if (over) return;
      group.members.add(member);
      rebalance(group, world);
    });
  };
  host.onDeath(() => scheduler.after(random.chance(0.5) ? latency() : SESSION_MS, () => void (over || leave())));
  host.onFreeze(() => scheduler.after(SESSION_MS, takenForDead));

  return {
    member,
    consumer: {
      pause: () => {
        paused = true;
      },
      resume: () => {
        paused = false;
        look();
      },
      close: () =>
        host.call('sure', `leaves ${options.group}`, () => {
          for (const [partition, hand] of hands) {
            if (hand.dirty !== undefined) group.committed.set(partition, hand.dirty);
          }
          over = true;
          leave();
          ended.resolve(undefined);
        }),
      ended: ended.promise,
    },
  };
}
