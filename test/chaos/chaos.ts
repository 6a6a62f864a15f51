import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../simulate/random.ts';
import { unique } from '../support/client.ts';
import { complaintsOf, readAudit, type Audit } from './audit.ts';
import { acceptedBy, startCallers, type Call } from './callers.ts';
import { createCampaigns } from './campaigns.ts';
import { startFarEnd, type FarEnd, type Receipt } from './far-end.ts';
import { carryOut, type Done } from './faults.ts';
import { readLedger, settled } from './ledger.ts';
import { planFaults, type Mode, type Planned } from './plan.ts';
import { isForDeadLetters } from './poison.ts';
import { reconcile, type Account, type Told } from './reconcile.ts';
import { LEASE_MS, PROVIDER_TIMEOUT_MS, SWEEP_GRACE_MS, type Complaint, type System, type Watchers } from './system.ts';
import { memoryOf, recoveries, startWatch, type Accepted, type Memory, type Recovery } from './watch.ts';

export interface ChaosOptions {
  readonly mode: Mode;
  readonly seed: number;
  /** How long calls are made; what is under way then is waited for. */
  readonly forMs: number;
  readonly perSecond: number;
  /** Seconds; default 60. */
  readonly timeToLive?: number;
  /** Ends everything early. */
  readonly signal?: AbortSignal;
  readonly progress?: (line: string) => void;
  /** A folder to keep what Herald's processes print in. */
  readonly logs?: string | undefined;
  /** In place of the faults that the seed gives. */
  readonly plan?: readonly Planned[];
}

export interface ChaosReport extends Account {
  readonly mode: Mode;
  readonly seed: number;
  readonly seconds: number;
  readonly calls: number;
  /** Calls whose callers gave up, half a minute after the load: nobody may know what became of them. */
  readonly unanswered: number;
  readonly faults: readonly Recovery[];
  readonly memory: Readonly<Record<string, Memory>>;
  /** What Herald says of it itself. */
  readonly audit: Audit;
  /** Records of poison that a worker must have found. */
  readonly poison: number;
  /** From the last call until everything was final. */
  readonly settledAfterMs: number;
  /** What went wrong beside the messages: processes that ended by themselves, faults that could not be done. */
  readonly complaints: readonly string[];
  readonly ok: boolean;
}

/** Beyond its deadline and the sweeper's grace nothing may be open any more. */
const SLACK_MS = 10_000;
/** Clocks are taken to be so close to each other. */
const CLOCKS_MS = 1_000;
const LAST_ANSWERS_MS = 30_000;

/** Runs Herald under load through the faults of a seed, and reconciles what everybody says of it. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { mode, seed, forMs, perSecond, timeToLive = 60, progress = () => {} } = options;
  const signal = options.signal ?? new AbortController().signal;
  const random = createRandom(seed);
  const began = Date.now();
  const complaints: Complaint[] = [];
  const complain = (what: string): void => {
    complaints.push({ at: Date.now(), what });
    progress(what);
  };
  const server = random.fork('far end');
  const far = await startFarEnd(() => server.next());
  let system: System | undefined;
  try {
    system = await start(mode, far, { complain, signal, logs: options.logs });
    const campaigns = await createCampaigns(system.control(), far, timeToLive);
    const key = await createKey(system);
    const watch = startWatch(system);
    const callers = startCallers({
      campaigns,
      perSecond,
      random: random.fork('callers'),
      url: system.ingress,
      key,
      prefix: unique(`s${seed}`),
      signal,
    });
    const done: Done[] = [];
    let poison = 0;
    const plan = options.plan ?? planFaults(seed, mode, forMs);
    progress(`${mode}, seed ${seed}: ${perSecond}/s for ${Math.round(forMs / 1_000)} s, ${plan.length} faults`);
    const from = Date.now();
    await carryOut(plan, {
      system,
      far,
      random: random.fork('poison'),
      signal,
      forMs,
      complain,
      onPoison: (records) => void (poison += records.filter(isForDeadLetters).length),
      onDone: (fault) => {
        done.push(fault);
        const at = Math.round((fault.began - from) / 1_000);
        progress(`${String(at).padStart(4)} s  ${fault.name}, ${((fault.ended - fault.began) / 1_000).toFixed(1)} s`);
      },
    });
    await pause(from + forMs - Date.now(), signal);
    await callers.finish(LAST_ANSWERS_MS);
    const ended = Date.now();
    const longest = Math.max(...campaigns.map(({ timeToLiveMs }) => timeToLiveMs));
    const giveUpAt = ended + longest + SWEEP_GRACE_MS + SLACK_MS;
    if (!signal.aborted) await settled(system.control, callers.calls, giveUpAt);
    const settledAfterMs = Date.now() - ended;
    await watch.stop();
    signal.throwIfAborted();
    // Before the ledger is read: a call that nobody waits for any more may still be sent.
    const receipts = [...far.receipts];
    const recorded = await readLedger(
      system.control,
      campaigns.map(({ id }) => id),
    );
    const account = reconcile(callers.calls.map(toldOf), recorded, receipts, {
      lateMs: PROVIDER_TIMEOUT_MS + CLOCKS_MS,
      beginsMs: LEASE_MS - PROVIDER_TIMEOUT_MS,
      sweptMs: SWEEP_GRACE_MS,
    });
    const audit = await readAudit({ control: system.control, from: began, poison });
    for (const complaint of complaintsOf(audit, { accepted: account.accepted, poison })) complain(complaint);
    return {
      ...account,
      audit,
      poison,
      mode,
      seed,
      seconds: Math.round((Date.now() - began) / 1_000),
      calls: callers.calls.length,
      unanswered: callers.calls.filter((call) => acceptedBy(call) === undefined).length,
      faults: recoveries(done, watch.samples, acceptedRefs(callers.calls), named(receipts, callers.calls)),
      memory: memoryOf(watch.samples),
      settledAfterMs,
      complaints: complaints.map(({ at, what }) => `${((at - from) / 1_000).toFixed(1)} s: ${what}`),
      ok: account.findings.length === 0 && complaints.length === 0,
    };
  } finally {
    await system?.close();
    await far.close();
  }
}

async function start(mode: Mode, far: FarEnd, watchers: Watchers): Promise<System> {
  return mode === 'embedded'
    ? (await import('./embedded.ts')).startEmbedded(far, watchers)
    : (await import('./distributed.ts')).startDistributed(far, watchers);
}

/** Callers have a key of their own, which may call and nothing else. */
async function createKey(system: System): Promise<string> {
  const { status, body } = await system.control().call<{ key: string }>('POST', '/v1/keys', {
    name: 'chaos',
    scopes: ['execute'],
  });
  if (status !== 201) throw new Error(`no key: ${status}`);
  return body.key;
}

const toldOf = ({ requestId, campaign, recipients, answers }: Call): Told => ({
  requestId,
  campaign: campaign.name,
  guarantee: campaign.guarantee,
  recipients,
  answers,
});

/** `requestId.place` of what was accepted, in the order of the answers. */
const acceptedRefs = (calls: readonly Call[]): Accepted[] =>
  calls
    .flatMap((call) => {
      const answer = acceptedBy(call);
      if (answer === undefined) return [];
      return [{ ref: `${call.requestId}.0`, channel: call.campaign.channel, at: answer.at }];
    })
    .toSorted((a, b) => a.at - b.at);

/** Receipts under what their callers call them. */
function named(receipts: readonly Receipt[], calls: readonly Call[]): Receipt[] {
  const requestOf = new Map(calls.map((call) => [acceptedBy(call)?.executionId ?? '', call.requestId]));
  return receipts.map((receipt) => {
    const [execution = '', place] = receipt.ref.split('.');
    const request = requestOf.get(execution);
    return request === undefined ? receipt : { ...receipt, ref: `${request}.${place}` };
  });
}

/** Cut short by the signal. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
