import type { Provider, Reply } from '@herald/channels';
import type { Channel } from '@herald/contracts';
import type { History, ProviderCall } from './history.ts';
import type { Host } from './host.ts';
import { CALM, type Plan, type ProviderWeights } from './plan.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { short, type Trace } from './trace.ts';

export interface ProviderWorld {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
  readonly plan: Plan;
  readonly start: number;
  readonly history: History;
  readonly timeoutMs: number;
  /** Judges a call as it begins, and says which attempt it is. */
  readonly onCall: (host: Host, outgoing: Call) => { readonly round: number; readonly attempt: number };
}
export interface Call {
  readonly messageId: string;
  readonly address: string;
  readonly deadline: number;
}

type Fate = keyof ProviderWeights;

/** A provider as one process has it. What it takes it takes in truth, whatever its caller lives to see. */
export function createSimulatedProvider<C extends Channel>(
  host: Host,
  name: string,
  world: ProviderWorld,
): Provider<C> {
  const { scheduler, random, trace, plan, history } = world;

  function fateOf(): Fate {
    const since = scheduler.now() - world.start;
    const mood = plan.moods.find(
      ({ provider, from, to }) =>
        (provider === undefined || provider === name) && since >= from && since < Math.min(to, plan.healsAt),
    );
    const weights = Object.entries(mood?.weights ?? CALM) as [Fate, number][];
    let drawn = random.next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [fate, weight] of weights) {
      drawn -= weight;
      if (drawn < 0) return fate;
    }
    return 'accept';
  }

  function send(outgoing: Call): Promise<Reply> {
    const which = world.onCall(host, outgoing);
    const { messageId } = outgoing;
    const record: ProviderCall = {
      messageId,
      ...which,
      host,
      provider: name,
      order: (history.calls += 1),
      at: scheduler.now(),
      accepted: false,
      reply: undefined,
    };
    history.message(messageId).calls.push(record);
    const fate = fateOf();
    const told = `${short(messageId)}/${which.round}/${which.attempt}`;
    if (trace.on) trace.add(host.name, `calls ${name} for ${told}`);
    return new Promise((resolve) => {
      const answer = (ms: number, reply: Reply): void =>
        host.later(ms, () => {
          record.reply = reply.kind;
          if (trace.on) trace.add(host.name, `${name} answers ${reply.kind} for ${told}`);
          resolve(reply);
        });
      const accept = (ms: number): void =>
        scheduler.after(ms, () => {
          if (!host.alive() && random.chance(0.5)) return;
          record.accepted = true;
          if (trace.on) trace.add(name, `takes ${told} (${fate})`);
        });
      const quick = random.between(1, random.chance(0.1) ? world.timeoutMs * 0.9 : 100);
      switch (fate) {
        case 'accept':
          accept(quick / 2);
          return answer(quick, { kind: 'accepted', providerMessageId: `${name}-${record.order}` });
        case 'refuseForNow':
          return answer(quick, {
            kind: 'transient',
            code: 'smtp-4xx',
            ...(random.chance(0.2) ? { retryAfterMs: random.integer(500, 12_000) } : {}),
          });
        case 'fail':
          return answer(quick, { kind: 'transient', code: 'server-error' });
        case 'refuse':
          return answer(quick, { kind: 'permanent', code: 'smtp-5xx' });
        case 'answerLost':
          accept(quick / 2);
          return answer(quick, { kind: 'unknown', code: 'connection-lost' });
        case 'requestLost':
          return answer(quick, { kind: 'unknown', code: 'connection-lost' });
        case 'acceptLate':
          accept(world.timeoutMs + random.between(1, 2_000));
          return answer(world.timeoutMs, { kind: 'unknown', code: 'provider-timeout' });
        case 'hang':
          return answer(world.timeoutMs, { kind: 'unknown', code: 'provider-timeout' });
      }
    });
  }

  return { name, capacity: 8, send, close: () => Promise.resolve() };
}
