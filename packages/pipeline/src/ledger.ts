import type { EventType, Runtime } from '@herald/contracts';
import type {
  AttemptKey,
  AttemptRecord,
  ClaimEntry,
  LedgerRepository,
  ResultEntry,
  TakeoverEntry,
} from '@herald/store';
import { gather } from './gather.ts';
import type { Message } from './message.ts';
import { OUTCOME_UNKNOWN, type Closing, type HeldClaim } from './outcome.ts';
import type { Patience } from './patience.ts';

export type ClaimAnswer =
  | { readonly kind: 'held'; readonly claim: HeldClaim }
  /** Somebody else has it, or had it: `outcome` is what follows for this message. */
  | { readonly kind: 'refused'; readonly outcome: Closing };

/** What a claim is for: one call of a provider, or the end of the message. */
export type ClaimPlan =
  | { readonly kind: 'call'; readonly provider: string; readonly to?: string }
  | Extract<ClaimEntry['plan'], { kind: 'end' }>;

export interface Ledger {
  /**
   * Inserts the claim of the message's attempt. Where it exists already: its stored result is followed; an end without
   * a result is completed; a call is waited for until its lease is over, then taken over.
   */
  claim(message: Message<EventType>, stage: string, plan: ClaimPlan): Promise<ClaimAnswer>;
  /** Inserts the result of a held claim. Returns the result that counts: this one, or the one that was there first. */
  settle(entry: ResultEntry): Promise<ResultEntry>;
}

export interface LedgerDeps {
  readonly ledger: LedgerRepository;
  readonly runtime: Runtime;
  readonly patience: Patience;
  /** How long a call may take before somebody else may take its claim over; longer than any provider's timeout. */
  readonly leaseMs: number;
}

export function createLedger({ ledger, runtime, patience, leaseMs }: LedgerDeps): Ledger {
  const { clock } = runtime;
  const options = { maxItems: 500 };
  const insertClaim = gather((batch: readonly ClaimEntry[]) => patience.persist(() => ledger.claim(batch)), options);
  const insertResult = gather((batch: readonly ResultEntry[]) => patience.persist(() => ledger.settle(batch)), options);
  const insertTakeover = gather(
    (batch: readonly TakeoverEntry[]) => patience.persist(() => ledger.takeOver(batch)),
    options,
  );
  const read = gather((batch: readonly AttemptKey[]) => patience.persist(() => ledger.attempts(batch)), options);

  async function claim(message: Message<EventType>, stage: string, plan: ClaimPlan): Promise<ClaimAnswer> {
    const at = clock.now();
    const { meta, body } = message;
    const won = await insertClaim({
      ...attemptOf(meta),
      at,
      org: meta.org,
      sandbox: meta.sandbox,
      executionId: body.executionId,
      stage,
      input: message.source,
      times: body.times,
      plan: plan.kind === 'call' ? { ...plan, leaseUntil: at + leaseMs } : plan,
    });
    if (!won) return followOther(message, plan);
    const key = attemptOf(meta);
    return {
      kind: 'held',
      claim: plan.kind === 'call' ? { ...key, provider: plan.provider, leaseUntil: at + leaseMs } : key,
    };
  }

  /** The claim is somebody else's, or was this worker's in an earlier life. */
  async function followOther(message: Message<EventType>, wanted: ClaimPlan): Promise<ClaimAnswer> {
    const key = attemptOf(message.meta);
    const stored = await read(key);
    if (stored === undefined) throw new Error(`claim ${key.messageId} was refused and is not there`);
    if (stored.result !== undefined) {
      return refused({ kind: 'follow', result: stored.takeovers.length === 0 ? stored.result : bound(stored.result) });
    }
    const { plan } = stored.claim;
    if (plan.kind === 'end') {
      return refused({ kind: 'end', ending: plan.ending, claim: key });
    }
    const until = leaseEnd(stored, plan.leaseUntil);
    const now = clock.now();
    if (now < until) return refused({ kind: 'hold', reason: 'claimed', until });
    const mine = await insertTakeover({ ...key, at: now, k: stored.takeovers.length + 1, leaseUntil: now + leaseMs });
    if (!mine) return refused({ kind: 'hold', reason: 'claimed', until: now + leaseMs });
    // A process that stood still since it read took over what may long have been ended.
    const result = (await read(key))?.result;
    if (result !== undefined) return refused({ kind: 'follow', result: bound(result) });
    const claim = { ...key, provider: plan.provider, leaseUntil: now + leaseMs, takenOver: true } as const;
    const mayCallAgain =
      wanted.kind === 'call' && message.body.guarantee === 'at-least-once' && now < message.meta.deadline;
    if (mayCallAgain) return { kind: 'held', claim };
    // The first call may have gone through, and nobody may call again: say so instead of guessing.
    return refused({ kind: 'end', ending: OUTCOME_UNKNOWN, claim });
  }

  async function settle(entry: ResultEntry): Promise<ResultEntry> {
    if (await insertResult(entry)) return entry;
    const stored = await read(attemptOf(entry));
    if (stored?.result === undefined) throw new Error(`result of ${entry.messageId} was refused and is not there`);
    return stored.result;
  }

  return { claim, settle };
}

/** Somebody took the claim over, and may be calling while the first holder's word is that it did not go through. */
const bound = (result: ResultEntry): ResultEntry =>
  result.outcome.kind === 'retry' ? { ...result, outcome: { ...result.outcome, next: 'same-provider' } } : result;

const attemptOf = ({ messageId, round, attempt }: AttemptKey): AttemptKey => ({ messageId, round, attempt });

const refused = (outcome: Closing): ClaimAnswer => ({ kind: 'refused', outcome });

const leaseEnd = (stored: AttemptRecord, first: number): number => stored.takeovers.at(-1)?.leaseUntil ?? first;
