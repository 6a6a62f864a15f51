import { randomUUID } from 'node:crypto';
import {
  CHANNELS,
  encodeMessage,
  LANES,
  messageIdOf,
  newExecutionId,
  STATUS_TOPIC,
  workTopic,
} from '@herald/contracts';
import { ladderTopic, WORK_STEPS } from '@herald/contracts';
import type { Random } from '../simulate/random.ts';
import { LADDER_MS } from './system.ts';

export interface PoisonRecord {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
}

/** Whom it says to be from: a tenant of its own, so that nobody waits for it. */
export const POISONED = { org: 'poison', sandbox: 'poison' } as const;
/** Whether a worker that meets it makes a dead letter of it; of a status nobody is interested in, the tracker logs it. */
export const isForDeadLetters = ({ topic }: PoisonRecord): boolean => topic !== STATUS_TOPIC;

/** What the bus still takes. */
const OVERSIZED_BYTES = 900_000;
const TTL_MS = 5_000;

/** Records that no release of Herald wrote: bad bytes, later versions, half messages, and far too much of it. */
export function drawPoison(random: Random): PoisonRecord[] {
  const topics = [
    ...LANES.flatMap((lane) => CHANNELS.flatMap((channel) => WORK_STEPS.map((step) => workTopic(lane, channel, step)))),
    ...LANES.map((lane) => ladderTopic(lane, random.pick(LADDER_MS))),
    STATUS_TOPIC,
  ];
  return Array.from({ length: 12 }, (_, index) => ({ topic: random.pick(topics), ...recordOf(index, random) }));
}

function recordOf(index: number, random: Random): Omit<PoisonRecord, 'topic'> {
  const key = `poison-${index}`;
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.integer(0, 255));
  const meta = {
    messageId: messageIdOf(newExecutionId(randomUUID()), 0),
    round: 1,
    attempt: 1,
    deadline: Date.now() + TTL_MS,
    ...POISONED,
    key,
    rung: 0,
  };
  const { headers } = encodeMessage('message.resolved.v1', meta, {} as never);
  switch (index % 5) {
    case 0:
      return { key, headers: {}, value: bytes(200) };
    case 1:
      return { key, headers, value: Buffer.from('{"half": ') };
    case 2:
      return { key, headers: { ...headers, type: 'message.resolved.v9' }, value: Buffer.from('{}') };
    case 3:
      return { key, headers, value: Buffer.alloc(OVERSIZED_BYTES, 'x') };
    default:
      return { key, headers: { ...headers, round: 'one', deadline: '-' }, value: bytes(20) };
  }
}
