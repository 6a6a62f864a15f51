import { ladderTopic, type EventType, type Lane, type MessageMeta } from '@herald/contracts';
import type { NewRecord } from '@herald/bus';
import { recordOf, type Message } from './message.ts';

/** The highest rung to which a `Hold` climbs by itself; it stays there. */
const HOLD_CEILING_MS = 30_000;

export interface LadderSettings {
  /** The rungs, milliseconds, ascending. */
  readonly ladderMs: readonly number[];
  /** How long to wait before attempt 2, 3, …; its length bounds the attempts. */
  readonly retryPolicyMs: readonly number[];
}

/** The rung for a wait: the longest that is not (much) too long. A longer wait takes several. */
export function rungFor(waitMs: number, ladderMs: readonly number[]): number {
  const fitting = ladderMs.filter((rungMs) => rungMs <= waitMs * 1.1);
  return fitting.at(-1) ?? (ladderMs[0] as number);
}

/** The rung for the nth hold in a row whose end is not known. */
export function holdRung(nth: number, ladderMs: readonly number[]): number {
  const low = ladderMs.filter((rungMs) => rungMs <= HOLD_CEILING_MS);
  return low[Math.min(nth, low.length - 1)] ?? (ladderMs[0] as number);
}

/** The pause after the nth attempt that counts; undefined when the policy allows no further one. */
export function retryDelay(
  attempt: number,
  retryAfterMs: number | undefined,
  policyMs: readonly number[],
): number | undefined {
  const delayMs = policyMs[attempt - 1];
  return delayMs === undefined ? undefined : Math.max(delayMs, retryAfterMs ?? 0);
}

/** The headers that say whom the next attempt is to ask; an empty one takes back what an earlier attempt said. */
export function providerHeaders(
  meta: MessageMeta,
  next: 'same-provider' | 'next-provider' | undefined,
  provider: string | undefined,
): Record<string, string> {
  if (next === 'same-provider' && provider !== undefined) return { 'keeps-provider': provider };
  if (next === 'next-provider' && provider !== undefined) return { 'left-provider': provider };
  return meta.leftProvider === undefined ? {} : { 'left-provider': '' };
}

/** The record that waits on the ladder for a message's next try, to come back to `originTopic`. */
export function waitingRecord<T extends EventType>(
  type: T,
  message: Message<T>,
  lane: Lane,
  originTopic: string,
  wait: {
    readonly attempt: number;
    readonly rung: number;
    readonly notBefore: number;
    readonly rungMs: number;
    readonly freeAttempts?: number;
    /** `providerHeaders`; absent where the attempt stays the same. */
    readonly provider?: Readonly<Record<string, string>>;
  },
): NewRecord {
  return {
    topic: ladderTopic(lane, wait.rungMs),
    ...recordOf(type, message, {
      attempt: String(wait.attempt),
      'not-before': String(wait.notBefore),
      rung: String(wait.rung),
      'origin-topic': originTopic,
      ...(wait.freeAttempts ? { 'free-attempts': String(wait.freeAttempts) } : {}),
      ...wait.provider,
    }),
  };
}
