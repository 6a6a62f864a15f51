import type { EventType } from '@herald/contracts';
import { isOutage, type Clock } from '@herald/contracts';
import type { Ending } from '@herald/store';
import type { Route } from './finish.ts';
import { framesOf } from './frames.ts';
import type { Message } from './message.ts';
import type { Observer } from './observer.ts';
import { OUTCOME_UNKNOWN, type End, type Outcome } from './outcome.ts';
import type { Stage, StageContext } from './stage.ts';

/** Ends what is past its deadline before the stage sees it: a late message is worse than none. */
export function expiring<In extends EventType, Out extends EventType>(
  stage: Stage<In, Out>,
  clock: Clock,
): Stage<In, Out> {
  return (batch, ctx) => {
    const now = clock.now();
    if (batch.every((message) => now < message.meta.deadline)) return stage(batch, ctx);
    const timely = batch.filter((message) => now < message.meta.deadline);
    const outcomes = new Map(stage(timely, ctx).map((outcome, index) => [timely[index], outcome] as const));
    return batch.map((message) => outcomes.get(message) ?? Promise.resolve(expiredOutcome(message)));
  };
}

/** What a provider may have taken is not said to be unsent. */
export const unlessTaken = ({ meta }: Pick<Message<EventType>, 'meta'>, ending: Ending): Ending =>
  meta.keepsProvider === undefined ? ending : OUTCOME_UNKNOWN;
export const expiryOf = (message: Pick<Message<EventType>, 'meta'>): Ending =>
  unlessTaken(message, { state: 'expired', reason: 'deadline' });
const expiredOutcome = (message: Message<EventType>): End => ({ kind: 'end', ending: expiryOf(message) });

/** Turns a bug of the stage into the dead letter of the message it happened to. Outages pass: they are nobody's bug. */
export function guarded<In extends EventType, Out extends EventType>(
  stage: Stage<In, Out>,
  name: string,
  observer: Observer,
): Stage<In, Out> {
  const dead = (message: Message<In>, error: unknown): Outcome<Out> => {
    if (isOutage(error)) throw error;
    observer.bug(name, message.meta.messageId, error);
    const detail = error instanceof Error ? error.name : 'thrown';
    return { kind: 'dead', reason: 'internal-error', detail, stack: framesOf(error) };
  };
  return (batch, ctx) => {
    let outcomes: Promise<Outcome<Out>>[];
    try {
      outcomes = stage(batch, ctx);
    } catch (error) {
      return batch.map(async (message) => dead(message, error));
    }
    return batch.map((message, index) =>
      (outcomes[index] ?? Promise.reject(new Error('the stage gave no outcome'))).catch((error: unknown) =>
        dead(message, error),
      ),
    );
  };
}

/** Tells the observer how long each message took in the stage. */
export function timed<In extends EventType, Out extends EventType>(
  stage: Stage<In, Out>,
  { stage: name, lane, channel }: Pick<Route<In, Out>, 'stage' | 'lane' | 'channel'>,
  observer: Observer,
  clock: Clock,
): Stage<In, Out> {
  return (batch, ctx: StageContext) => {
    const start = clock.now();
    return stage(batch, ctx).map((outcome) =>
      outcome.finally(() => observer.stage(name, lane, channel, clock.now() - start)),
    );
  };
}
