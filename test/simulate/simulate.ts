import { allTopics, type Channel } from '@herald/contracts';
import { createSimulatedBus, rebalance, type BusWorld } from './bus.ts';
import { startCallers } from './callers.ts';
import { PROVIDERS, sampleCampaigns, sampleSurfaces } from './campaigns.ts';
import { createCluster } from './cluster.ts';
import type { Host } from './host.ts';
import { createHistory, type Violation } from './history.ts';
import { judgeCall } from './judge-calls.ts';
import { acceptedMessages, finalOf, judgeEnd, type Verdict } from './judge-end.ts';
import { judgeRate } from './judge-rate.ts';
import { createSimulatedLedger } from './ledger.ts';
import { createSimulatedLog } from './log.ts';
import { drawPlan, type Plan } from './plan.ts';
import { createSimulatedProvider } from './provider.ts';
import { createRandom } from './random.ts';
import { CONFIG } from './roles.ts';
import { createScheduler } from './scheduler.ts';
import { createSimulatedStore, type Stored } from './store.ts';
import { createTrace } from './trace.ts';

export interface SimulationOptions {
  readonly messages?: number;
  /** Keeps the trace; a run is the same with it and without. */
  readonly traced?: boolean;
}

export interface SimulationResult extends Verdict {
  readonly seed: number;
  readonly plan: Plan;
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
  /** Milliseconds of virtual time. */
  readonly virtualMs: number;
}

const START = Date.parse('2026-01-01T00:00:00.000Z');
const LOAD_MS = 15_000;
/**
 * No message lives longer, whatever becomes of it: the longest deadline, the sweeper's grace, again where its process was
 * started anew or the log was away, and some time to act.
 */
const LIMIT_MS = 90_000 + 2 * CONFIG.sweepGraceMs + 180_000;

/** Runs Herald's real stages, loops, ledger and scheduler through what one seed has in store, and judges what they did. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  const { messages = 200, traced = false } = options;
  const random = createRandom(seed);
  const plan = drawPlan(random.fork('plan'), LOAD_MS);
  const scheduler = createScheduler(START);
  const { now } = scheduler;
  const trace = createTrace(traced, now, START);
  const history = createHistory(trace);
  const losing = random.fork('losing');
  const log = createSimulatedLog(
    allTopics({ partitions: plan.partitions, retentionMs: 86_400_000, ladderMs: CONFIG.ladderMs }),
    now,
    {
      appended({ topic, partition, offset, key, headers }) {
        const messageId = headers['message-id'];
        if (messageId === undefined) return;
        const { appended } = history.message(messageId);
        const there = appended.get(topic);
        if (there === undefined) appended.set(topic, { first: { topic, partition, offset }, count: 1, key });
        else there.count += 1;
      },
      losing({ topic, headers }) {
        if (plan.lostRecords === 0 || !/^herald\.(transactional|marketing)/.test(topic)) return false;
        const lost = losing.chance(plan.lostRecords);
        const messageId = headers['message-id'];
        if (lost && messageId !== undefined) history.message(messageId).lost = true;
        return lost;
      },
    },
  );
  const stored: Stored = {
    ledger: createSimulatedLedger(now, history, trace),
    executions: new Map(),
    byRequest: new Map(),
    campaigns: sampleCampaigns(),
    surfaces: sampleSurfaces(),
    profiles: new Map(),
    suppressed: new Set(),
    deadLetters: new Map(),
    caps: new Map(),
    grants: new Map(),
    revision: 1,
    swept: undefined,
  };
  const busWorld: BusWorld = {
    log,
    scheduler,
    random: random.fork('bus'),
    trace,
    plan,
    troubled: () => now() - START < plan.healsAt,
    onHandOver(group, { topic, headers }) {
      const messageId = headers['message-id'];
      if (messageId === undefined) return;
      const { handed } = history.message(messageId);
      const name = `${group} ${topic}`;
      handed.set(name, (handed.get(name) ?? 0) + 1);
    },
    onThrow: (group, error) => history.violation('no bugs', `${group} threw ${String(error)}`),
  };
  const providerWorld = {
    scheduler,
    random: random.fork('provider'),
    trace,
    plan,
    start: START,
    history,
    timeoutMs: CONFIG.providerTimeoutMs,
    onCall: (...[host, call]: Parameters<Parameters<typeof createSimulatedProvider>[2]['onCall']>) =>
      judgeCall(host, call, { stored, history, now }),
  };
  let ids = 0;
  const cluster = createCluster({
    scheduler,
    random: random.fork('cluster'),
    trace,
    plan,
    start: START,
    history,
    newId: () => {
      ids += 1;
      const time = Math.floor(now()).toString(16).padStart(12, '0');
      return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${ids.toString(16).padStart(12, '0')}`;
    },
    busOf: (host) => createSimulatedBus(host, busWorld),
    storeOf: (host) => createSimulatedStore(host, stored, history, now),
    providersOf: <C extends Channel>(host: Host, channel: C) =>
      PROVIDERS[channel === 'sms' ? 'sms' : 'email'].map((name) =>
        createSimulatedProvider<C>(host, name, providerWorld),
      ),
    rebalanceAll: () => {
      for (const group of log.groups()) if (group.members.size > 0) rebalance(group, busWorld);
    },
  });
  const callers = startCallers({
    scheduler,
    random: random.fork('callers'),
    trace,
    history,
    cluster,
    stored,
    start: START,
    loadMs: LOAD_MS,
    messages,
  });

  const atRest = (): boolean => {
    if (now() - START < plan.healsAt || callers.pending() > 0) return false;
    for (const group of log.groups()) {
      for (const [partition] of group.owners) {
        if ((group.committed.get(partition) ?? 0) < partition.records.length) return false;
      }
    }
    return [...acceptedMessages(stored, history)].every((id) => finalOf(stored.ledger.of(id)) !== undefined);
  };
  let restless = START;
  let looked = START;
  /** For so long that whoever has something to add has added it. */
  const isOver = (): boolean => {
    if (now() - looked < 500) return false;
    looked = now();
    if (!atRest()) restless = now();
    return now() - restless > 5_000;
  };
  const rested = await scheduler.run(isOver, START + LIMIT_MS);
  if (!rested) history.violation('it comes to rest', `it did not within ${LIMIT_MS / 1_000} s`);
  const verdict = judgeEnd(stored, log, history);
  if (CONFIG.smtpRate !== undefined) judgeRate(history, PROVIDERS.email[0], CONFIG.smtpRate, plan);
  return {
    ...verdict,
    seed,
    plan,
    violations: history.violations,
    trace: trace.lines(),
    virtualMs: now() - START,
  };
}
