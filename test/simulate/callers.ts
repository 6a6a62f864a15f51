import { isOutage, type Recipient, type UnitaryRequest } from '@herald/contracts';
import { cancelExecution } from '@herald/pipeline';
import { CAMPAIGN_IDS, channelOf, TENANT } from './campaigns.ts';
import type { Cluster } from './cluster.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Stored } from './store.ts';
import { short, type Trace } from './trace.ts';

export interface CallersDeps {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
  readonly history: History;
  readonly cluster: Cluster;
  readonly stored: Stored;
  readonly start: number;
  readonly loadMs: number;
  readonly messages: number;
}

const PEOPLE = 30;
/** A caller without an answer asks again after so long. */
const GIVES_UP_AFTER_MS = 8_000;

/** People who use Herald: they call it, call again when they get no answer, cancel, suppress, pause and stop. */
export function startCallers(deps: CallersDeps): { pending(): number } {
  const { scheduler, random, trace, history, cluster, stored, start, loadMs } = deps;
  let pending = 0;

  function call(request: UnitaryRequest, tries: number): void {
    const target = cluster.one('ingress');
    let open = true;
    const again = (): void => {
      if (!open) return;
      open = false;
      if (tries === 1 && random.chance(0.05)) {
        pending -= 1;
        trace.add('caller', `gives ${request.requestId} up`);
        return;
      }
      scheduler.after(random.between(100, 2_000), () => call(request, tries + 1));
    };
    if (target === undefined) return again();
    scheduler.after(GIVES_UP_AFTER_MS, again);
    const { host, running } = target;
    host.later(0, () => {
      running.accept?.({ ...TENANT, keyId: 'k' }, request).then(
        (answer) => {
          if (answer.kind === 'accepted') onAccepted(request, JSON.stringify(answer.body), answer.body.executionId);
          if (!open) return;
          open = false;
          pending -= 1;
          trace.add('caller', `${request.requestId} is ${answer.kind}`);
        },
        (error: unknown) => {
          if (!isOutage(error)) history.violation('no bugs', `ingress: ${String(error)}`);
          again();
        },
      );
    });
  }

  function onAccepted(request: UnitaryRequest, body: string, executionId: string): void {
    const before = history.accepted.get(executionId);
    if (before !== undefined && before.body !== body) {
      history.violation('repeats are safe', `${request.requestId} got two answers`);
    }
    history.accepted.set(executionId, { recipients: request.recipients.length, body });
    if (before === undefined && random.chance(0.06)) {
      pending += 1;
      scheduler.after(random.between(0, 6_000), () => cancel(executionId));
    }
  }

  function cancel(executionId: string): void {
    const again = (): void => scheduler.after(random.between(100, 1_000), () => cancel(executionId));
    const target = cluster.one('back');
    if (target === undefined) return again();
    const { host, running } = target;
    host.onDeath(again);
    host.later(0, () => {
      const execution = stored.executions.get(executionId);
      if (execution === undefined) return;
      cancelExecution(running.pipeline, execution, { at: host.runtime.clock.now(), by: 'k' }).then(
        () => {
          if (history.cancelled.has(executionId)) return;
          trace.add('caller', `has cancelled ${short(executionId)}`);
          history.cancelled.set(executionId, scheduler.now());
          pending -= 1;
        },
        (error: unknown) => {
          if (!isOutage(error)) history.violation('no bugs', `cancel: ${String(error)}`);
          again();
        },
      );
    });
  }

  function suppress(address: string): void {
    stored.suppressed.add(address);
    if (!history.suppressed.has(address)) history.suppressed.set(address, scheduler.now());
    trace.add('operator', `suppresses ${address}`);
  }

  function setState(id: string, state: 'live' | 'paused' | 'stopped'): void {
    const campaign = stored.campaigns.get(id);
    if (campaign === undefined || campaign.head.state === 'stopped') return;
    campaign.head = { ...campaign.head, state, revision: campaign.head.revision + 1 };
    stored.revision += 1;
    if (state === 'stopped') history.stopped.set(id, scheduler.now());
    trace.add('operator', `${id} is ${state}`);
  }

  for (let made = 0, calls = 0; made < deps.messages; calls += 1) {
    const request = requestOf(random, calls, deps.messages - made);
    made += request.recipients.length;
    pending += 1;
    const at = start + random.between(0, loadMs);
    scheduler.at(at, () => call(request, 1));
    // Somebody who asks again although the first answer is on its way.
    if (random.chance(0.1)) {
      pending += 1;
      scheduler.at(at + random.between(0, 500), () => call(request, 1));
    }
  }
  for (let index = random.integer(0, 3); index > 0; index -= 1) {
    const address = random.chance(0.7) ? emailOf(random.integer(1, PEOPLE)) : phoneOf(random.integer(1, PEOPLE));
    scheduler.at(start + random.between(0, loadMs), () => suppress(address));
  }
  if (random.chance(0.3)) {
    const id = random.pick(CAMPAIGN_IDS);
    const at = start + random.between(0, loadMs);
    scheduler.at(at, () => setState(id, 'paused'));
    scheduler.at(at + random.between(500, 15_000), () => setState(id, random.chance(0.2) ? 'stopped' : 'live'));
  }
  if (random.chance(0.1)) {
    const id = random.pick(CAMPAIGN_IDS);
    scheduler.at(start + random.between(loadMs / 2, loadMs), () => setState(id, 'stopped'));
  }
  return { pending: () => pending };
}

const emailOf = (person: number): string => `p${person}@example.com`;
const phoneOf = (person: number): string => `+4520000${String(person).padStart(3, '0')}`;

function requestOf(random: Random, nth: number, most: number): UnitaryRequest {
  const campaignId = random.pick(CAMPAIGN_IDS);
  const channel = channelOf(campaignId);
  const people = new Set<number>();
  const wanted = Math.min(most, random.integer(1, 6));
  while (people.size < wanted) people.add(random.integer(1, PEOPLE));
  const recipients = [...people].map((person): Recipient => ({
    type: random.chance(0.6) ? 'aep' : 'external',
    userId: channel === 'email' ? emailOf(person) : phoneOf(person),
    namespace: channel === 'email' ? 'email' : 'phone',
    context: { n: nth },
  }));
  return { requestId: `r${nth}`, campaignId, recipients };
}
