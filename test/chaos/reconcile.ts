import type { Channel, Guarantee, MessageView } from '@herald/contracts';

/** What one call's callers were told. */
export interface Told {
  readonly requestId: string;
  readonly campaign: string;
  readonly guarantee: Guarantee;
  readonly recipients: number;
  /** Every answer, in order; `status` 0: none. */
  readonly answers: readonly { readonly status: number; readonly executionId?: string }[];
}
/** What the ledger says of a message, by the API. */
export type Recorded = Pick<
  MessageView,
  'messageId' | 'executionId' | 'requestId' | 'channel' | 'state' | 'reason' | 'deadline' | 'endedAt' | 'timeline'
>;
/** What a provider's server took: `ref` is the message's id, or `requestId.place`. */
export interface Received {
  readonly channel: Channel;
  readonly ref: string;
  readonly at: number;
}

export type Wrong = 'lost' | 'doubled' | 'late' | 'contradicted' | 'unexplained' | 'refused' | 'answer-changed';
/** A message about which the sources disagree, with what each says. */
export interface Finding {
  readonly wrong: Wrong;
  readonly messageId: string;
  readonly why: string;
  readonly told: string;
  readonly ledger: string;
  readonly received: string;
}
/** A message that arrived more than once for a reason that promise 4 names. */
export interface InsideWindow {
  readonly messageId: string;
  readonly times: number;
  readonly because: readonly string[];
}

export interface Account {
  /** Recipients of calls that were answered with 202. */
  readonly accepted: number;
  readonly states: Readonly<Record<string, number>>;
  /** By state and reason. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly received: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly inside: readonly InsideWindow[];
  readonly findings: readonly Finding[];
}

export interface Tolerance {
  /** A call that began before the deadline may arrive so much later: a provider's timeout, and what clocks differ. */
  readonly lateMs: number;
  /** After a claim, or a take-over, a call begins within this time or not at all: a lease without a provider's timeout. */
  readonly beginsMs: number;
  /** Whoever ends so long after the deadline is the sweeper: something had lost the message. */
  readonly sweptMs: number;
}

const FINAL = new Set(['sent', 'failed', 'excluded', 'expired', 'dead']);

/** Holds three sources that know nothing of each other against each other. */
export function reconcile(
  told: readonly Told[],
  recorded: readonly Recorded[],
  received: readonly Received[],
  { lateMs, beginsMs, sweptMs }: Tolerance,
): Account {
  const findings: Finding[] = [];
  const inside: InsideWindow[] = [];
  const states: Record<string, number> = {};
  const reasons: Record<string, number> = {};
  const answers: Record<string, number> = {};
  const count = (into: Record<string, number>, name: string): void => void (into[name] = (into[name] ?? 0) + 1);

  const byRequest = Map.groupBy(recorded, ({ requestId }) => requestId);
  const calls = new Map(told.map((call) => [call.requestId, call]));
  const idOfRef = new Map(
    recorded.flatMap(({ messageId, requestId }) => [
      [messageId, messageId] as const,
      [`${requestId}${messageId.slice(messageId.lastIndexOf('.'))}`, messageId] as const,
    ]),
  );
  const receipts = Map.groupBy(received, ({ ref }) => idOfRef.get(ref));

  for (const call of told) {
    for (const { status } of call.answers) count(answers, status === 0 ? 'no answer' : String(status));
    const ids = new Set(call.answers.flatMap(({ executionId }) => executionId ?? []));
    const accused = (wrong: Wrong, why: string): void =>
      void findings.push({
        wrong,
        messageId: [...ids][0] ?? call.requestId,
        why,
        told: tellOf(call),
        ledger: (byRequest.get(call.requestId) ?? []).map(ledgerOf).join('; ') || 'nothing',
        received: '',
      });
    if (ids.size > 1) accused('answer-changed', 'a repeat was answered with another execution');
    const bad = call.answers.find(({ status }) => ![0, 202, 429, 503].includes(status));
    if (bad !== undefined) accused('refused', `a good call was answered with ${bad.status}`);
    const [executionId] = ids;
    if (executionId === undefined) continue;
    const stored = (byRequest.get(call.requestId) ?? []).filter((message) => message.executionId === executionId);
    for (let missing = stored.length; missing < call.recipients; missing += 1) {
      accused('lost', 'the caller was told 202, and the store has no such message');
    }
  }

  for (const message of recorded) {
    const call = calls.get(message.requestId);
    const isAccepted = call?.answers.some(({ status }) => status === 202) ?? false;
    const mine = receipts.get(message.messageId) ?? [];
    const accused = (wrong: Wrong, why: string): void =>
      void findings.push({
        wrong,
        messageId: message.messageId,
        why,
        told: call === undefined ? 'nobody called' : tellOf(call),
        ledger: ledgerOf(message),
        received: mine.length === 0 ? 'nothing' : mine.map(({ at }) => new Date(at).toISOString()).join(', '),
      });
    if (isAccepted) {
      count(states, message.state);
      count(reasons, `${message.state} ${message.reason ?? ''}`.trim());
      judgeEnd(message, mine.length, sweptMs, accused);
    }
    judgeArrivals(message, call?.guarantee, mine, { lateMs, beginsMs, accused, inside });
  }
  for (const one of receipts.get(undefined) ?? []) {
    findings.push({
      wrong: 'unexplained',
      messageId: one.ref,
      why: 'a provider has it, and the ledger does not',
      told: '',
      ledger: 'nothing',
      received: `${one.channel} ${new Date(one.at).toISOString()}`,
    });
  }
  const accepted = Object.values(states).reduce((sum, number) => sum + number, 0);
  return { accepted, states, reasons, answers, received: received.length, inside, findings };
}

type Accuse = (wrong: Wrong, why: string) => void;

function judgeEnd(message: Recorded, arrivals: number, sweptMs: number, accused: Accuse): void {
  const { state, reason = '', endedAt, deadline, timeline } = message;
  const doubts = doubtsOf(message);
  if (!FINAL.has(state)) return accused('lost', `it has no final state, it is ${state}`);
  if (state === 'sent' && arrivals === 0) return accused('lost', 'it is sent, and no provider has it');
  if (reason === 'lost') return accused('lost', 'the sweeper found it');
  const endedLate = endedAt !== undefined && Date.parse(endedAt) - Date.parse(deadline) >= sweptMs;
  // A worker that meets an open call takes it over first: whoever ends it without that is the sweeper.
  if (endedLate && reason === 'outcome-unknown' && timeline.at(-2)?.step === 'claimed') {
    return accused('lost', 'a call was begun and forgotten: only the sweeper ended it, long after its deadline');
  }
  // Nobody is suppressed and nothing unreadable: providers refuse, nobody knows, attempts are used up, or time ran out.
  if (state === 'excluded' || (state === 'dead' && reason !== 'exhausted')) {
    return accused('contradicted', `nothing was wrong with it, and it ended as ${state}/${reason}`);
  }
  if (state !== 'sent' && arrivals > 0 && doubts.length === 0) {
    accused('contradicted', `it is ${state}/${reason}, and a provider has it`);
  }
}

function judgeArrivals(
  message: Recorded,
  guarantee: Guarantee | undefined,
  mine: readonly Received[],
  { accused, inside, ...times }: Omit<Tolerance, 'sweptMs'> & { accused: Accuse; inside: InsideWindow[] },
): void {
  const deadline = Date.parse(message.deadline);
  const late = mine.find(({ at }) => isLate(message, at, times));
  if (late !== undefined) accused('late', `it arrived ${late.at - deadline} ms after its deadline`);
  if (mine.length < 2) return;
  const because = repeatsOf(message);
  if (guarantee === 'at-least-once' && mine.length - 1 <= because.length) {
    inside.push({ messageId: message.messageId, times: mine.length, because });
    return;
  }
  const why = guarantee === 'at-most-once' ? 'its campaign is at-most-once' : 'the ledger knows no reason for it';
  accused('doubled', `it arrived ${mine.length} times, and ${why}`);
}

/**
 * Whether what arrived at a time was called too late. What a busy server left lying is not late: a call begins soon after
 * its claim, and before its result. No claim for a call is made after the deadline at all.
 */
function isLate(message: Recorded, arrivedAt: number, { lateMs, beginsMs }: Omit<Tolerance, 'sweptMs'>): boolean {
  const { timeline } = message;
  const deadline = Date.parse(message.deadline);
  if (arrivedAt <= deadline) return false;
  const calls = timeline.flatMap(({ step, attempt, provider, at }) => {
    const from = Date.parse(at);
    const isCall = provider !== undefined && (step === 'claimed' || step === 'taken-over');
    if (!isCall || from > arrivedAt) return [];
    const result = timeline.find((one) => one.attempt === attempt && Date.parse(one.at) >= from && isResult(one.step));
    return [{ step, from, to: result === undefined ? arrivedAt : Date.parse(result.at) }];
  });
  if (calls.length === 0) return arrivedAt > deadline + lateMs;
  return calls.some(
    ({ step, from, to }) =>
      (step === 'claimed' && from >= deadline && arrivedAt <= to) ||
      Math.min(arrivedAt, to, from + beginsMs) > deadline + lateMs,
  );
}
const isResult = (step: string): boolean => step === 'retry' || FINAL.has(step);

/** The entries that say that nobody knows what became of a call. */
const doubtsOf = ({ timeline }: Pick<Recorded, 'timeline'>): string[] =>
  timeline.flatMap(({ step, attempt, reason, at }) => {
    if (step === 'taken-over') return [`attempt ${attempt} was taken over at ${at}`];
    return reason === 'outcome-unknown' ? [`attempt ${attempt} had no answer (${step} at ${at})`] : [];
  });

/** Those after which it is called again: each allows one more arrival. After an ending there is no other call. */
const repeatsOf = (message: Recorded): string[] =>
  doubtsOf({ timeline: message.timeline.filter(({ step }) => step === 'retry' || step === 'taken-over') });

const tellOf = ({ campaign, guarantee, answers }: Told): string =>
  `${campaign} (${guarantee}): ${runsOf(answers.map(({ status }) => String(status || 'no answer')))}`;

/** `503 x 4, 202`. */
function runsOf(words: readonly string[]): string {
  const runs: { word: string; times: number }[] = [];
  for (const word of words) {
    const last = runs.at(-1);
    if (last?.word === word) last.times += 1;
    else runs.push({ word, times: 1 });
  }
  return runs.map(({ word, times }) => (times === 1 ? word : `${word} x ${times}`)).join(', ');
}

const ledgerOf = ({ state, reason, deadline, timeline }: Recorded): string =>
  `${state}${reason === undefined ? '' : `/${reason}`}, deadline ${deadline}: ` +
  timeline.map(({ step, at, attempt, reason: why }) => [step, attempt, why, at].filter(Boolean).join(' ')).join(' > ');
