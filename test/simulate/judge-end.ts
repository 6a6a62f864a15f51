import { decodeMessage, executionIdOf, messageIdOf, STATUS_TOPIC } from '@herald/contracts';
import { attemptsOf } from './campaigns.ts';
import type { History, MessageHistory } from './history.ts';
import type { StoredAttempt } from './ledger.ts';
import type { SimulatedLog } from './log.ts';
import { CONFIG } from './roles.ts';
import type { Stored } from './store.ts';

export interface Verdict {
  readonly accepted: number;
  readonly states: Readonly<Record<string, number>>;
  /** Messages that a provider took twice, each for a reason that the documented window allows. */
  readonly doubled: number;
  readonly calls: number;
}

/** Judges a run that has come to rest. */
export function judgeEnd(stored: Stored, log: SimulatedLog, history: History): Verdict {
  const accepted = acceptedMessages(stored, history);
  const states: Record<string, number> = {};
  let doubled = 0;
  let calls = 0;
  readStatuses(log, history);
  for (const messageId of accepted) {
    const attempts = stored.ledger.of(messageId);
    const message = history.message(messageId);
    const broken = (promise: string, what: string): void => history.violation(promise, what, messageId);
    const state = judgeLedger(attempts, message, broken);
    judgePolicy(attempts, stored.executions.get(executionIdOf(messageId))?.campaignId ?? '', broken);
    states[state] = (states[state] ?? 0) + 1;
    calls += message.calls.length;
    judgeFailOver(message, broken);
    if (judgeDoubles(attempts, message, stored, broken)) doubled += 1;
    if (state === 'dead' && !stored.deadLetters.has(`${messageId}/1`))
      broken('dead letters', 'it is dead and not listed');
  }
  for (const messageId of stored.ledger.messageIds()) {
    if (!accepted.has(messageId)) history.violation('conservation', 'the ledger has what nobody sent', messageId);
  }
  judgeOrder(history);
  return { accepted: accepted.size, states, doubled, calls };
}

/** Recipients of confirmed executions, and every message that was claimed. */
export function acceptedMessages(stored: Stored, history: History): Set<string> {
  const all = new Set<string>();
  for (const execution of stored.executions.values()) {
    const answered = history.accepted.has(execution.executionId);
    if (answered && !execution.confirmed) {
      history.violation('202 means durable', `${execution.executionId} is not confirmed`);
    }
    execution.recipients.forEach((_, index) => {
      const id = messageIdOf(execution.executionId, index);
      if (execution.confirmed || answered || stored.ledger.of(id).length > 0) all.add(id);
    });
  }
  for (const id of history.accepted.keys()) {
    if (!stored.executions.has(id)) history.violation('202 means durable', `${id} is not stored`);
  }
  return all;
}

export const finalOf = (attempts: readonly StoredAttempt[]): StoredAttempt | undefined =>
  attempts.find(({ result }) => result?.outcome.kind === 'final');

/** Returns the final state, or `none`. */
function judgeLedger(
  attempts: readonly StoredAttempt[],
  message: MessageHistory,
  broken: (promise: string, what: string) => void,
): string {
  const finals = attempts.filter(({ result }) => result?.outcome.kind === 'final');
  if (finals.length !== 1) broken('one final state', `it has ${finals.length} final states`);
  if (attempts.some(({ result }) => result === undefined)) broken('no claim without an end', 'a claim has no result');
  attempts.forEach(({ claim }, index) => {
    if (claim.attempt !== index + 1) broken('ledger', `attempt ${index + 1} is missing`);
  });
  const outcome = finals[0]?.result?.outcome;
  if (outcome?.kind !== 'final') return 'none';
  if (finals[0] !== attempts.at(-1)) broken('one final state', 'there are attempts after its final state');
  const told = `${outcome.state} ${outcome.reason}`;
  for (const status of message.statuses) {
    if (status !== told) broken('one final state', `told as ${status}, stored as ${told}`);
  }
  if (message.statuses.size === 0) broken('one final state', 'nobody was told of it');
  if (outcome.reason === 'lost' && !message.lost) broken('nothing is lost', 'it was swept as lost');
  const taken = message.calls.some((call) => call.accepted);
  if (outcome.state === 'sent' && !taken) broken('sent is sent', 'no provider took it');
  const untouched = ['excluded', 'expired'].includes(outcome.state);
  if (untouched && taken) broken('sent is sent', `it is ${outcome.state}, and a provider took it`);
  if (outcome.reason === 'lost' && taken) broken('sent is sent', 'it is said to be lost, and a provider took it');
  return outcome.state;
}

/** What the retry policy counts: an attempt that came to no call, for no fault of the message, uses none up. */
function judgePolicy(
  attempts: readonly StoredAttempt[],
  campaignId: string,
  broken: (promise: string, what: string) => void,
): void {
  const most = attemptsOf(campaignId, CONFIG.retryPolicyMs);
  const counted = attempts.filter(
    ({ claim, result }) =>
      claim.plan.kind === 'call' && !(result?.outcome.kind === 'retry' && result.outcome.free === true),
  ).length;
  if (counted > most) broken('retry policy', `it has ${counted} attempts, and ${most} are allowed`);
  const last = attempts.at(-1)?.result?.outcome;
  if (last?.kind === 'final' && last.reason === 'exhausted' && counted < most)
    broken('retry policy', `it is exhausted after ${counted} attempts of ${most}`);
  for (const { result } of attempts) {
    const isPause = result?.outcome.kind === 'retry' && /paused|lease/.test(result.outcome.reason);
    if (isPause && result?.outcome.kind === 'retry' && result.outcome.free !== true)
      broken('retry policy', 'an attempt was used up by what is not the message’s fault');
  }
}

/** True: it was taken more than once, and each time but the last is in the window. */
function judgeDoubles(
  attempts: readonly StoredAttempt[],
  { messageId, calls }: MessageHistory,
  stored: Stored,
  broken: (promise: string, what: string) => void,
): boolean {
  const once = stored.executions.get(executionIdOf(messageId))?.guarantee === 'at-most-once';
  for (const call of calls.slice(0, -1)) {
    if (call.reply === 'transient') continue;
    if (once) broken('at most once', 'it is called again although the call before may have gone through');
    if (call.reply === 'unknown' || call.reply === 'permanent') continue;
    const attempt = attempts.find(({ claim }) => claim.attempt === call.attempt && claim.round === call.round);
    // Its caller died, or stored nothing before its lease was over.
    if (attempt === undefined || !(attempt.takeovers.some(({ at }) => at >= call.at) || wasForestalled(attempt))) {
      broken('at least once', 'it is called again outside the window');
    }
  }
  return calls.filter((call) => call.accepted).length > 1;
}

/** Once somebody may have taken it nobody else is asked. */
function judgeFailOver({ calls }: MessageHistory, broken: (promise: string, what: string) => void): void {
  for (const [index, call] of calls.entries()) {
    if (call.reply === 'transient') continue;
    const other = calls.slice(index + 1).find(({ provider }) => provider !== call.provider);
    if (other === undefined) continue;
    broken('fail-over', `${other.provider} is called although ${call.provider} may have taken it`);
  }
}

/** An earlier holder of the claim asked for a retry within its lease, and a slow store took it after the take-over. */
const wasForestalled = ({ claim, takeovers, result, resultAt = 0 }: StoredAttempt): boolean =>
  claim.plan.kind === 'call' &&
  result?.outcome.kind === 'retry' &&
  result.at < claim.plan.leaseUntil &&
  takeovers.some(({ at }) => at < resultAt);

/** Messages of one recipient, channel, lane and kind, as far as none was held, retried or redelivered. */
function judgeOrder(history: History): void {
  const series = new Map<string, MessageHistory[]>();
  for (const message of history.messages()) {
    const first = [...message.appended].find(([topic]) => /requested|resolved/.test(topic));
    if (first === undefined || message.calls.length === 0 || isDisturbed(message)) continue;
    const [topic, { key }] = first;
    const name = `${topic} ${key}`;
    series.set(name, [...(series.get(name) ?? []), message]);
  }
  for (const [name, messages] of series) {
    const topic = name.slice(0, name.indexOf(' '));
    const offset = (message: MessageHistory): number => message.appended.get(topic)?.first.offset ?? 0;
    const order = (message: MessageHistory): number => message.calls[0]?.order ?? 0;
    messages.sort((a, b) => offset(a) - offset(b));
    for (const [index, message] of messages.entries()) {
      const before = messages[index - 1];
      if (before !== undefined && order(before) > order(message)) {
        history.violation('order', `it overtakes ${before.messageId}`, message.messageId);
      }
    }
  }
}

const isDisturbed = ({ appended, handed }: MessageHistory): boolean =>
  [...appended].some(([topic, { count }]) => count > 1 || topic.includes('.retry.')) ||
  [...handed.values()].some((count) => count > 1);

function readStatuses(log: SimulatedLog, history: History): void {
  for (const { records } of log.partitionsOf([STATUS_TOPIC])) {
    for (const record of records) {
      const decoded = decodeMessage('message.status.v1', record);
      if (decoded.kind !== 'message') {
        history.violation('one final state', 'a status event cannot be read');
        continue;
      }
      const { messageId, state, reason } = decoded.body;
      history.message(messageId).statuses.add(`${state} ${reason}`);
    }
  }
}
