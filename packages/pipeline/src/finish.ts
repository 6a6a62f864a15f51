import { encodeMessage, LIMITS, type EventType, type Channel, type Lane } from '@herald/contracts';
import type { Ending, ResultEntry } from '@herald/store';
import { CANCELLED } from './cancel.ts';
import { deadLetterRecord } from './dead-letter.ts';
import { gather } from './gather.ts';
import { holdRung, providerHeaders, retryDelay, rungFor, waitingRecord } from './ladder.ts';
import { recordOf, type Message } from './message.ts';
import {
  OUTCOME_UNKNOWN,
  type Dead,
  type End,
  type Forward,
  type HeldClaim,
  type Hold,
  type Outcome,
  type Retry,
} from './outcome.ts';
import type { Pipeline } from './pipeline.ts';
import { statusRecord } from './status.ts';

/** What clocks may differ by. */
const CLOCK_SKEW_MS = 1_000;

/** Hands a message to the next role of the same process; resolves when everything that comes of it is safe. */
export type Edge<T extends EventType> = (message: Message<T>) => Promise<void>;

/** Where a loop's messages come from and where they go. */
export interface Route<In extends EventType, Out extends EventType> {
  readonly stage: string;
  readonly lane: Lane;
  readonly channel: Channel;
  readonly inputType: In;
  readonly inputTopic: string;
  readonly next?: { readonly type: Out; readonly topic: string; readonly edge?: Edge<Out> };
}

/**
 * Carries out what a stage decided. When it resolves, everything that follows from the outcome is stored or published,
 * and the input may be acknowledged. The order is the promise: claim, result, what follows from the result.
 */
export function createFinisher<In extends EventType, Out extends EventType>(
  pipeline: Pipeline,
  route: Route<In, Out>,
): (message: Message<In>, outcome: Outcome<Out>) => Promise<void> {
  const { publish, ledger, patience, runtime, settings, store } = pipeline;
  const { clock } = runtime;
  const cancelled = gather((ids: readonly string[]) => patience.persist(() => store.executions.cancelled(ids)), {
    maxItems: 500,
  });

  async function finish(message: Message<In>, outcome: Outcome<Out>): Promise<void> {
    switch (outcome.kind) {
      case 'forward':
        return forward(message, outcome);
      case 'hold':
        return hold(message, outcome);
      case 'retry':
        // Somebody may have taken the claim over, and be calling: a retry would set another call beside that one.
        if (mayBeTakenOver(message, outcome.claim)) return hold(message, { kind: 'hold', reason: 'claimed', until: 0 });
        return afterResult(message, await ledger.settle(retryOrEnd(message, outcome)), outcome.claim);
      case 'end':
        return end(message, outcome.ending, outcome);
      case 'dead':
        return end(message, endingOf(outcome), outcome);
      case 'follow':
        return afterResult(message, outcome.result);
    }
  }

  async function forward(message: Message<In>, { body }: Forward<Out>): Promise<void> {
    const { next } = route;
    if (next === undefined) throw new Error(`stage ${route.stage} has nowhere to forward to`);
    const meta = { ...message.meta, rung: 0 };
    if (next.edge !== undefined) return next.edge({ meta, body, source: message.source });
    const record = encodeMessage(next.type, meta, body);
    if (record.value.byteLength > LIMITS.envelopeBytes) {
      return finish(message, {
        kind: 'dead',
        reason: 'too-large',
        detail: `${next.type} ${record.value.byteLength} bytes`,
      });
    }
    return publish({ topic: next.topic, ...record });
  }

  function hold(message: Message<In>, { until }: Hold): Promise<void> {
    const { attempt, rung } = message.meta;
    const now = clock.now();
    const rungMs =
      until === undefined ? holdRung(rung, settings.ladderMs) : rungFor(Math.max(0, until - now), settings.ladderMs);
    const notBefore = until ?? now + rungMs;
    return publish(
      waitingRecord(route.inputType, message, route.lane, route.inputTopic, {
        attempt,
        rung: rung + 1,
        notBefore,
        rungMs,
      }),
    );
  }

  /** Under `at-most-once` nobody calls after a take-over. */
  const mayBeTakenOver = (message: Message<In>, { leaseUntil = Infinity }: HeldClaim): boolean =>
    message.body.guarantee === 'at-least-once' && clock.now() >= leaseUntil;

  /** What the result of a failed call says: another attempt, or the end when no other one may begin. */
  function retryOrEnd(message: Message<In>, retry: Retry): ResultEntry {
    const now = clock.now();
    const { freeAttempts = 0 } = message.meta;
    const policyMs = message.body.retryMs ?? settings.retryPolicyMs;
    // What came to no call waits like a hold, longer each time it happens.
    const delayMs = retry.free
      ? holdRung(freeAttempts, settings.ladderMs)
      : retryDelay(retry.claim.attempt - freeAttempts, retry.retryAfterMs, policyMs);
    const detail = retry.detail === undefined ? {} : { detail: retry.detail };
    const final = (state: 'dead' | 'expired' | 'failed', reason: string): ResultEntry =>
      resultOf(retry.claim, now, {
        kind: 'final',
        state,
        reason,
        detail: [retry.reason, retry.detail].filter(Boolean).join(' '),
      });
    if (delayMs === undefined) return final('dead', 'exhausted');
    const next = nextOf(message, retry);
    if (now + delayMs >= message.meta.deadline) {
      // What a provider may have taken, at this attempt or an earlier one, is not said to be unsent.
      return next === 'same-provider'
        ? final(OUTCOME_UNKNOWN.state, OUTCOME_UNKNOWN.reason)
        : final('expired', 'deadline');
    }
    const free = retry.free ? { free: true as const } : {};
    return resultOf(retry.claim, now, {
      kind: 'retry',
      notBefore: now + delayMs,
      reason: retry.reason,
      ...detail,
      ...free,
      ...(next === undefined ? {} : { next }),
    });
  }

  /** Who is to be asked next. Once a provider may have taken the message nobody else is, for the rest of its round. */
  function nextOf({ meta }: Message<In>, retry: Retry): 'same-provider' | 'next-provider' | undefined {
    const mayBeTaken = retry.reason === OUTCOME_UNKNOWN.reason || retry.claim.takenOver || meta.keepsProvider;
    return mayBeTaken ? 'same-provider' : retry.providerFailed ? 'next-provider' : undefined;
  }

  async function end(message: Message<In>, ending: Ending, { claim, ...rest }: End | Dead): Promise<void> {
    let held = claim;
    if (held === undefined) {
      const answer = await ledger.claim(message, route.stage, { kind: 'end', ending });
      if (answer.kind === 'refused') return finish(message, answer.outcome);
      held = answer.claim;
    }
    const providerMessageId = 'providerMessageId' in rest ? rest.providerMessageId : undefined;
    const entry = resultOf(held, clock.now(), { kind: 'final', ...ending });
    return afterResult(
      message,
      await ledger.settle(providerMessageId === undefined ? entry : { ...entry, providerMessageId }),
    );
  }

  /** Publishes what follows from a stored result. Done again for every repeat of the message: each record's id is fixed. */
  async function afterResult(message: Message<In>, result: ResultEntry, claim?: HeldClaim): Promise<void> {
    const { outcome } = result;
    // The attempt of the result is that of the message: whoever follows it counts the same.
    const { freeAttempts = 0 } = message.meta;
    if (outcome.kind === 'retry') {
      // After the result is stored: a cancel that did not see the result is seen here.
      if (await cancelled(message.body.executionId)) {
        const meta = { ...message.meta, attempt: result.attempt + 1 };
        const mayBeTaken = outcome.next === 'same-provider' || message.meta.keepsProvider !== undefined;
        return finish({ ...message, meta }, { kind: 'end', ending: mayBeTaken ? OUTCOME_UNKNOWN : CANCELLED });
      }
      const rungMs = rungFor(Math.max(0, outcome.notBefore - clock.now()), settings.ladderMs);
      // A result that was long on its way may have met a take-over, whose call may be going on.
      const isLate = claim?.leaseUntil !== undefined && clock.now() > claim.leaseUntil - CLOCK_SKEW_MS;
      const wait = {
        attempt: result.attempt + 1,
        rung: 0,
        notBefore: outcome.notBefore,
        rungMs,
        freeAttempts: freeAttempts + (outcome.free ? 1 : 0),
        provider: providerHeaders(message.meta, isLate ? 'same-provider' : outcome.next, result.provider),
      };
      return publish(waitingRecord(route.inputType, message, route.lane, route.inputTopic, wait));
    }
    if (outcome.state === 'dead') {
      await publish(
        deadLetterRecord(recordOf(route.inputType, message, {}), {
          id: `${result.messageId}/${result.round}`,
          reason: outcome.reason,
          stage: route.stage,
          detail: outcome.detail ?? '',
          at: result.at,
          attempts: result.attempt - freeAttempts,
          ...(outcome.stack === undefined ? {} : { stack: outcome.stack }),
          campaignId: message.body.campaignId,
          source: message.source,
          originTopic: route.inputTopic,
        }),
      );
    }
    return publish(statusRecord(message, result));
  }

  return finish;
}

const endingOf = ({ reason, detail, stack }: Dead): Ending => ({
  state: 'dead',
  reason,
  detail,
  ...(stack === undefined ? {} : { stack }),
});

const resultOf = (claim: HeldClaim, at: number, outcome: ResultEntry['outcome']): ResultEntry => ({
  messageId: claim.messageId,
  round: claim.round,
  attempt: claim.attempt,
  at,
  outcome,
  ...(claim.provider === undefined ? {} : { provider: claim.provider }),
});
