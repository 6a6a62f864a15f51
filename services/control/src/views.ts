import {
  marksOf,
  messageIdOf,
  type ExecutionView,
  type MessageState,
  type MessageView,
  type timelineEntrySchema,
} from '@herald/contracts';
import type { AttemptRecord, FeedbackRecord, RoundEntry, StoredExecution } from '@herald/store';
import type { z } from 'zod';

type Step = Omit<z.infer<typeof timelineEntrySchema>, 'at' | 'ms'> & { readonly at: number };

const iso = (at: number): string => new Date(at).toISOString();

/** An execution with its messages; `ledger` has the attempts of each recipient, in the order of the call. */
export function viewExecution(
  execution: StoredExecution,
  ledger: readonly (readonly AttemptRecord[])[],
  rounds: readonly (readonly RoundEntry[])[] = [],
  feedback: readonly (readonly FeedbackRecord[])[] = [],
): ExecutionView {
  const messages = execution.recipients.map((_, index) =>
    viewMessage(execution, index, ledger[index] ?? [], rounds[index], feedback[index]),
  );
  const states: Partial<Record<MessageState, number>> = {};
  for (const { state } of messages) states[state] = (states[state] ?? 0) + 1;
  return {
    executionId: execution.executionId,
    requestId: execution.requestId,
    campaignId: execution.campaignId,
    campaignVersion: execution.campaignVersion,
    createdAt: iso(execution.acceptedAt),
    createdBy: execution.keyId,
    ...marksOf(execution),
    deadline: iso(execution.deadline),
    confirmed: execution.confirmed,
    states,
    messages,
  };
}

/**
 * A message as the ledger tells it: the state is that of its newest round, the time line has every round, and beside them
 * what was said later, which changes no state.
 */
export function viewMessage(
  execution: StoredExecution,
  recipientIndex: number,
  attempts: readonly AttemptRecord[],
  rounds: readonly RoundEntry[] = [],
  feedback: readonly FeedbackRecord[] = [],
): MessageView {
  const round = rounds.at(-1);
  // Nothing began a round that was just opened: it is as if it were accepted again.
  const isNew = round !== undefined && (attempts.at(-1)?.claim.round ?? 0) < round.round;
  const last = isNew ? undefined : attempts.at(-1);
  const outcome = last?.result?.outcome;
  const provider = providerOf(last);
  return {
    messageId: messageIdOf(execution.executionId, recipientIndex),
    executionId: execution.executionId,
    requestId: execution.requestId,
    campaignId: execution.campaignId,
    campaignVersion: execution.campaignVersion,
    channel: execution.channel,
    lane: execution.lane,
    ...marksOf(execution),
    recipientIndex: placeInCall(execution, recipientIndex),
    state: stateOf(last),
    ...(outcome === undefined ? {} : { reason: outcome.reason }),
    ...(outcome?.detail === undefined ? {} : { detail: outcome.detail }),
    attempts: attempts.filter((one) => one.claim.round === last?.claim.round && isCounted(one)).length,
    ...(provider === undefined ? {} : { provider }),
    ...(last?.result?.providerMessageId === undefined ? {} : { providerMessageId: last.result.providerMessageId }),
    acceptedAt: iso(execution.acceptedAt),
    deadline: iso(round?.deadline ?? execution.deadline),
    ...(last?.result !== undefined && outcome?.kind === 'final' ? { endedAt: iso(last.result.at) } : {}),
    timeline: timed(
      withFeedback(
        [
          { step: 'accepted', at: execution.acceptedAt },
          ...stepsBefore(attempts[0]),
          ...attemptsAndRounds(attempts, rounds),
        ],
        feedback,
      ),
    ),
  };
}

/** Where a recipient stands in the call, by the place among those who were accepted. */
function placeInCall({ rejected = [] }: StoredExecution, accepted: number): number {
  let place = accepted;
  for (const { recipientIndex } of rejected.toSorted((a, b) => a.recipientIndex - b.recipientIndex)) {
    if (recipientIndex <= place) place += 1;
  }
  return place;
}

function attemptsAndRounds(attempts: readonly AttemptRecord[], rounds: readonly RoundEntry[]): Step[] {
  const opened = (number: number): Step[] =>
    rounds.filter(({ round }) => round === number).map(({ at }) => ({ step: 'replayed', at }));
  const last = Math.max(1, attempts.at(-1)?.claim.round ?? 1, rounds.at(-1)?.round ?? 1);
  return Array.from({ length: last }, (_, n) => n + 1).flatMap((round) => [
    ...opened(round),
    ...attempts.filter(({ claim }) => claim.round === round).flatMap(stepsOf),
  ]);
}

/** What was said before a round began stands before it, everything else at the end. */
function withFeedback(steps: readonly Step[], feedback: readonly FeedbackRecord[]): readonly Step[] {
  const all = [...steps];
  for (const { kind: step, at, provider, reason, bounce, detail } of feedback) {
    const said: Step = {
      step,
      at,
      provider,
      ...(reason === undefined ? {} : { reason }),
      ...(bounce === undefined ? {} : { bounce }),
      ...(detail === undefined ? {} : { detail }),
    };
    const next = all.findIndex((one) => one.step === 'replayed' && one.at > at);
    all.splice(next === -1 ? all.length : next, 0, said);
  }
  return all;
}

function stateOf(last: AttemptRecord | undefined): MessageState {
  if (last === undefined) return 'accepted';
  const { result } = last;
  if (result === undefined) return 'sending';
  return result.outcome.kind === 'retry' ? 'retrying' : result.outcome.state;
}

/** It was for a call, and not given back before it: what the retry policy counts. */
const isCounted = ({ claim, result }: AttemptRecord): boolean =>
  claim.plan.kind === 'call' && !(result?.outcome.kind === 'retry' && result.outcome.free === true);

function providerOf(attempt: AttemptRecord | undefined): string | undefined {
  if (attempt === undefined) return undefined;
  const { plan } = attempt.claim;
  return attempt.result?.provider ?? (plan.kind === 'call' ? plan.provider : undefined);
}

function stepsBefore(first: AttemptRecord | undefined): Step[] {
  const { resolved, rendered } = first?.claim.times ?? {};
  return [
    ...(resolved === undefined ? [] : [{ step: 'resolved', at: resolved }]),
    ...(rendered === undefined ? [] : [{ step: 'rendered', at: rendered }]),
  ];
}

function stepsOf(record: AttemptRecord): Step[] {
  const { claim, takeovers, result } = record;
  const { attempt } = claim;
  const provider = providerOf(record);
  const who = { attempt, ...(provider === undefined ? {} : { provider }) };
  return [
    { step: 'claimed', at: claim.at, ...who },
    ...takeovers.map(({ at }) => ({ step: 'taken-over', at, ...who })),
    ...(result === undefined
      ? []
      : [
          {
            step: result.outcome.kind === 'retry' ? 'retry' : result.outcome.state,
            at: result.at,
            ...who,
            reason: result.outcome.reason,
          },
        ]),
  ];
}

/** Steps are written by different machines: a clock that is behind shows as no time at all. */
function timed(steps: readonly Step[]): MessageView['timeline'] {
  return steps.map(({ step, at, ...rest }, index) => ({
    step,
    at: iso(at),
    ms: Math.max(0, at - (steps[index - 1]?.at ?? at)),
    ...rest,
  }));
}
