import { expect, test } from '@jest/globals';
import type { Guarantee } from '@herald/contracts';
import * as fc from 'fast-check';
import type { ResultEntry } from '@herald/store';
import type { HeldClaim, Ledger } from '@herald/pipeline';
import { createLedger } from '../../packages/pipeline/src/ledger.ts';
import { createPatience } from '../../packages/pipeline/src/patience.ts';
import { renderedMessage } from '../support/pipeline.ts';
import { createMemoryLedger } from './memory-ledger.ts';

const LEASE_MS = 1_000;
const START = 1_800_000_000_000;

/** What can happen to one message, in any order and any number of times. `who` is one of three workers. */
type Step =
  | { readonly kind: 'deliver'; readonly who: number; readonly which: number; readonly wants: 'call' | 'end' }
  | { readonly kind: 'settle'; readonly who: number; readonly as: 'sent' | 'failed' | 'retry' }
  | { readonly kind: 'crash'; readonly who: number }
  | { readonly kind: 'wait'; readonly ms: number }
  /** An operator sends it again, as a round of its own, once the round before has ended. */
  | { readonly kind: 'replay' };

const who = fc.integer({ min: 0, max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      who,
      which: fc.nat({ max: 20 }),
      wants: fc.constantFrom('call' as const, 'call' as const, 'end' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      who,
      as: fc.constantFrom('sent' as const, 'failed' as const, 'retry' as const, 'retry' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, LEASE_MS / 2, LEASE_MS + 1) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'replay' as const }) },
);

interface Worker {
  readonly ledger: Ledger;
  readonly held: HeldClaim[];
}

test('any order and repetition of claim, settle, redelivery, retry, replay and crash leaves one final state', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom<Guarantee>('at-least-once', 'at-most-once'),
      async (steps, guarantee) => {
        const machine = createMachine(guarantee);
        for (const one of steps) await machine.take(one);
        await machine.finish();
      },
    ),
    { numRuns: 2_000 },
  );
});

test('of many who deliver, claim and settle at the same moment one wins', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const machine = createMachine('at-least-once');
      await Promise.all(steps.map((one) => machine.take(one)));
      await machine.finish();
    }),
    { numRuns: 1_000 },
  );
});

function createMachine(guarantee: Guarantee) {
  let now = START;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const runtime = { clock, newId: () => 'id', random: () => 0.5 };
  const stored = createMemoryLedger();
  const boot = (): Worker => ({
    ledger: createLedger({ ledger: stored.port, runtime, patience: createPatience(clock), leaseMs: LEASE_MS }),
    held: [],
  });
  const workers = [boot(), boot(), boot()];
  const first = renderedMessage({ meta: { deadline: START + 10 * 86_400_000 }, body: { guarantee } });
  /** Every record of the message that was ever published: any of them may come again at any time. */
  const records = [first];
  const { messageId } = first.meta;
  /** Calls that were made and may have been taken, by round. */
  const open = new Map<number, number>();
  const final = new Map<number, ResultEntry>();

  const worker = (index: number): Worker => workers[index] as Worker;

  function publish(round: number, attempt: number): void {
    if (records.some(({ meta }) => meta.round === round && meta.attempt === attempt)) return;
    records.push({ ...first, meta: { ...first.meta, round, attempt } });
  }

  /** What the loop does with a result that counts. */
  function follow(result: ResultEntry): void {
    const { round, attempt, outcome } = result;
    if (outcome.kind === 'retry') return publish(round, attempt + 1);
    const before = final.get(round);
    if (before !== undefined) expect(result).toEqual(before);
    final.set(round, result);
  }

  async function settle(by: Worker, claim: HeldClaim, outcome: ResultEntry['outcome']): Promise<void> {
    const { round, attempt } = claim;
    follow(await by.ledger.settle({ messageId, round, attempt, at: now, outcome }));
  }

  async function deliver(by: Worker, which: number, wants: 'call' | 'end'): Promise<void> {
    const message = records[which % records.length] as typeof first;
    const { round } = message.meta;
    const plan =
      wants === 'call'
        ? ({ kind: 'call', provider: 'smtp' } as const)
        : ({ kind: 'end', ending: { state: 'excluded', reason: 'suppressed' } } as const);
    const answer = await by.ledger.claim(message, 'sender-email', plan);
    if (answer.kind === 'refused') {
      const { outcome } = answer;
      if (outcome.kind === 'follow') follow(outcome.result);
      if (outcome.kind === 'end' && outcome.claim)
        await settle(by, outcome.claim, { kind: 'final', ...outcome.ending });
      return;
    }
    if (plan.kind === 'end') return settle(by, answer.claim, { kind: 'final', ...plan.ending });
    expect(final.has(round)).toBe(false);
    if (guarantee === 'at-most-once') expect(open.get(round) ?? 0).toBe(0);
    open.set(round, (open.get(round) ?? 0) + 1);
    by.held.push(answer.claim);
  }

  return {
    async take(one: Step): Promise<void> {
      switch (one.kind) {
        case 'deliver':
          return deliver(worker(one.who), one.which, one.wants);
        case 'settle': {
          const claim = worker(one.who).held.shift();
          if (claim === undefined) return;
          if (one.as !== 'retry')
            return settle(worker(one.who), claim, { kind: 'final', state: one.as, reason: one.as });
          // The provider refused it: nothing was taken.
          open.set(claim.round, (open.get(claim.round) ?? 1) - 1);
          return settle(worker(one.who), claim, { kind: 'retry', notBefore: now, reason: 'smtp-4xx' });
        }
        case 'crash':
          workers[one.who] = boot();
          return;
        case 'wait':
          now += one.ms;
          return;
        case 'replay': {
          const newest = Math.max(...records.map(({ meta }) => meta.round));
          if (final.has(newest)) publish(newest + 1, 1);
        }
      }
    },

    /** What was published and not acknowledged comes again until everything is over; then the ledger is looked at. */
    async finish(): Promise<void> {
      for (let index = 0; index < records.length; index += 1) {
        now += LEASE_MS + 1;
        await deliver(worker(0), index, 'end');
      }
      const attempts = stored.of(messageId);
      for (const { claim, result } of attempts)
        expect({ claim, ended: result !== undefined }).toMatchObject({ ended: true });
      const rounds = Map.groupBy(attempts, ({ claim }) => claim.round);
      for (const [round, ofRound] of rounds) {
        expect(ofRound.map(({ claim }) => claim.attempt)).toEqual(ofRound.map((_, index) => index + 1));
        expect(ofRound.map(({ result }) => result?.outcome.kind)).toEqual([
          ...Array.from({ length: ofRound.length - 1 }, () => 'retry'),
          'final',
        ]);
        expect(final.get(round)).toEqual(ofRound.at(-1)?.result);
      }
    },
  };
}
