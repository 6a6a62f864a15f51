import type { Bus } from '@herald/bus';
import type { Provider } from '@herald/channels';
import type { Channel } from '@herald/contracts';
import type { Store } from '@herald/store';
import type { History } from './history.ts';
import { createHost, type Host } from './host.ts';
import type { Plan, ProcessFault } from './plan.ts';
import type { Random } from './random.ts';
import { startRoles, type Running, type SimulatedRole } from './roles.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

export interface ClusterDeps {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
  readonly plan: Plan;
  readonly start: number;
  readonly history: History;
  readonly newId: () => string;
  readonly busOf: (host: Host) => Bus;
  readonly storeOf: (host: Host) => Store;
  readonly providersOf: <C extends Channel>(host: Host, channel: C) => Provider<C>[];
  readonly rebalanceAll: () => void;
}

export interface Process {
  readonly host: Host;
  readonly running: Running;
}

/** The processes of one run: each is started, dies by the plan, and is started again. */
export interface Cluster {
  /** A process that lives and has that role, if there is one at the moment. */
  one(role: SimulatedRole): Process | undefined;
}

interface Place {
  readonly name: string;
  readonly roles: readonly SimulatedRole[];
  starts: number;
  host: Host | undefined;
  running: Running | undefined;
}

export function createCluster(deps: ClusterDeps): Cluster {
  const { scheduler, random, trace, plan, start, history } = deps;
  const places = placesOf(plan).map((place): Place => ({ ...place, starts: 0, host: undefined, running: undefined }));

  function boot(place: Place): void {
    place.starts += 1;
    const host = createHost({
      name: `${place.name}.${place.starts}`,
      place: places.indexOf(place),
      scheduler,
      random: random.fork(`${place.name} ${place.starts}`),
      trace,
      plan,
      start,
      newId: deps.newId,
    });
    place.host = host;
    place.running = undefined;
    trace.add(host.name, `starts ${place.roles.join(' ')}`);
    host.onDeath(() => {
      place.running = undefined;
      scheduler.after(random.between(100, 3_000), () => boot(place));
    });
    scheduler.touched();
    void startRoles({
      host,
      bus: deps.busOf(host),
      store: deps.storeOf(host),
      roles: place.roles,
      providers: (channel) => deps.providersOf(host, channel),
      onAlarm: (code, { messageId = '' }) => {
        const id = String(messageId);
        // Workers end all that the log does not lose: what is left to the sweeper was forgotten.
        if (code === 'message-lost' && !history.message(id).lost)
          history.violation('nothing is lost', 'it was swept', id);
      },
      onBug: (stage, messageId, error) =>
        history.violation('no bugs', `${stage}: ${error instanceof Error ? error.stack : String(error)}`, messageId),
    }).then(
      (running) => {
        place.running = running;
        for (const role of running.workers) {
          void role.failed.then((error) => history.violation('no bugs', `${host.name} failed: ${error.stack}`));
        }
      },
      (error: unknown) =>
        history.violation(
          'no bugs',
          `${host.name} did not start: ${error instanceof Error ? error.stack : String(error)}`,
        ),
    );
  }

  function carryOut(fault: ProcessFault): void {
    if (fault.kind === 'rebalance') return deps.rebalanceAll();
    const place = places[fault.process];
    const host = place?.host;
    if (place === undefined || host === undefined || !host.alive()) return;
    switch (fault.kind) {
      case 'kill':
        return host.kill('killed');
      case 'kill-at-call':
        return host.killAtCall(fault.calls, fault.phase);
      case 'freeze':
        return host.freeze(fault.ms);
      case 'clock-step':
        return host.setClock(fault.offset);
      case 'restart':
        return end(place, host);
    }
  }

  function end(place: Place, host: Host): void {
    const { running } = place;
    if (running === undefined) return;
    trace.add(host.name, 'is asked to end');
    place.running = undefined;
    host.later(0, () => {
      void running.close().then(() => host.kill('ended'));
    });
  }

  for (const place of places) scheduler.after(random.between(0, 200), () => boot(place));
  for (const fault of plan.faults) scheduler.at(start + fault.at, () => carryOut(fault));
  // Whoever still lies in wait at the end of the troubles is forgiven.
  scheduler.at(start + plan.healsAt, () => {
    for (const { host } of places) host?.killAtCall(Infinity, 'before');
    trace.add('plan', 'from here on everything works');
  });

  return {
    one(role) {
      const able = places.filter(({ roles, running, host }) => roles.includes(role) && running && host?.alive());
      if (able.length === 0) return undefined;
      const { host, running } = random.pick(able);
      return host && running && { host, running };
    },
  };
}

/** Ingress and what moves the ladder stand alone; the workers do everything in one process, or one role each. */
function placesOf({ topology, workers }: Plan): { readonly name: string; readonly roles: readonly SimulatedRole[] }[] {
  const numbers = Array.from({ length: workers }, (_, index) => index + 1);
  const working: { name: string; roles: SimulatedRole[] }[] =
    topology === 'fused'
      ? numbers.map((n) => ({ name: `worker${n}`, roles: ['profile', 'render', 'senders'] }))
      : numbers.flatMap((n) => [
          { name: `middle${n}`, roles: ['profile', 'render'] },
          { name: `sender${n}`, roles: ['senders'] },
        ]);
  return [{ name: 'ingress', roles: ['ingress'] }, { name: 'back', roles: ['back'] }, ...working];
}
