import { Outage, type Runtime } from '@herald/contracts';
import type { Plan, Target } from './plan.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

/** Which of a call's items take effect; all of them, but for calls that an outage tears apart. */
export type Taken = (item: number) => boolean;

/**
 * A process, from its start to its death. What it calls goes over a network that is slow and breaks; whatever it waits
 * for when it dies never comes, and that is how all that it had in hand is dropped.
 */
export interface Host {
  readonly name: string;
  /** The place of the process in the cluster: who is started in its stead has the same. */
  readonly place: number;
  readonly runtime: Runtime;
  alive(): boolean;
  frozen(): boolean;
  /** Runs code of the process after a while: not once it is dead, and later while it is frozen. */
  later(ms: number, run: () => void): void;
  /**
   * A call over the network. `effect` happens once, at most, at some moment between the call and the answer, or later.
   * `what` is told in the trace. What is called `sure` never fails, but its caller may die over it.
   */
  call<T>(target: Target | 'sure', what: string, effect: (taken: Taken) => T): Promise<T>;
  kill(why: string): void;
  killAtCall(calls: number, phase: 'before' | 'after'): void;
  freeze(ms: number): void;
  setClock(offset: number): void;
  onDeath(listener: () => void): void;
  onFreeze(listener: () => void): void;
}

export interface HostDeps {
  readonly name: string;
  readonly place: number;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
  readonly plan: Plan;
  readonly start: number;
  readonly newId: () => string;
}

const TAKE_ALL: Taken = () => true;

export function createHost(deps: HostDeps): Host {
  const { name, place, scheduler, random, trace, plan, start } = deps;
  const deathListeners: (() => void)[] = [];
  const freezeListeners: (() => void)[] = [];
  let alive = true;
  let frozenUntil = 0;
  let offset = random.between(-plan.skewMs, plan.skewMs);
  let fuse: { calls: number; readonly phase: 'before' | 'after' } | undefined;

  const later = (ms: number, run: () => void): void => scheduler.after(ms, () => wake(run));

  function wake(run: () => void): void {
    if (!alive) return;
    if (scheduler.now() < frozenUntil) {
      scheduler.at(frozenUntil, () => wake(run));
      return;
    }
    scheduler.touched();
    run();
  }

  function kill(why: string): void {
    if (!alive) return;
    alive = false;
    trace.add(name, `DIES: ${why}`);
    for (const listener of deathListeners) listener();
  }

  /** The fuse burns with each call. True: it is the one to die at. */
  const burn = (): boolean => {
    if (fuse === undefined) return false;
    fuse.calls -= 1;
    return fuse.calls <= 0;
  };

  const faultOf = (target: Target): 'none' | 'before' | 'after' | 'late' => {
    const since = scheduler.now() - start;
    if (since >= plan.healsAt) return 'none';
    const out = plan.outages.filter(
      (one) =>
        one.target === target &&
        (one.process === undefined || one.process === place) &&
        since >= one.from &&
        since < one.to,
    );
    if (out.some(({ whole }) => whole)) return 'before';
    if (out.length > 0 && random.chance(0.9)) return random.chance(0.7) ? 'before' : 'after';
    const { before, after, late } = plan.calls[target];
    if (before + after + late === 0) return 'none';
    const drawn = random.next();
    if (drawn < before) return 'before';
    if (drawn < before + after) return 'after';
    return drawn < before + after + late ? 'late' : 'none';
  };

  const latency = (): number => random.between(0.05, plan.latencyMs);

  function call<T>(target: Target | 'sure', what: string, effect: (taken: Taken) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const dying = burn() ? fuse?.phase : undefined;
      if (dying === 'before') kill(`before ${what}`);
      if (!alive) return;
      const fault = target === 'sure' ? 'none' : faultOf(target);
      const outage = (): void => {
        if (trace.on) trace.add(name, `${what} -> outage`);
        reject(new Outage('unavailable', 'simulated'));
      };
      const carryOut = (taken: Taken): (() => void) => {
        try {
          const answer = effect(taken);
          return () => resolve(answer);
        } catch (error) {
          return () => reject(error instanceof Error ? error : new Error('the simulation threw what is no error'));
        }
      };
      const arrive = (): void => {
        // What a dead process sent may still arrive.
        if (!alive && random.chance(0.5)) return;
        if (fault === 'before') return later(latency(), outage);
        if (fault === 'late') {
          scheduler.after(random.between(1, 3_000), () => {
            if (trace.on) trace.add(name, `${what} takes effect late`);
            carryOut(TAKE_ALL);
          });
          return later(latency(), outage);
        }
        const torn = fault === 'after' && random.chance(0.3);
        const lottery = new Map<number, boolean>();
        const answer = carryOut(
          torn
            ? (item) => {
                if (!lottery.has(item)) lottery.set(item, random.chance(0.5));
                return lottery.get(item) === true;
              }
            : TAKE_ALL,
        );
        if (trace.on) trace.add(name, `${what}${torn ? ' (in part)' : ''}`);
        if (dying === 'after') kill(`after ${what}`);
        later(latency(), fault === 'after' ? outage : answer);
      };
      scheduler.after(latency(), arrive);
    });
  }

  return {
    name,
    place,
    alive: () => alive,
    frozen: () => scheduler.now() < frozenUntil,
    later,
    call,
    kill,
    killAtCall(calls, phase) {
      fuse = { calls, phase };
    },
    freeze(ms) {
      frozenUntil = Math.max(frozenUntil, scheduler.now() + ms);
      trace.add(name, `freezes for ${Math.round(ms)} ms`);
      for (const listener of freezeListeners) listener();
    },
    setClock(next) {
      trace.add(name, `its clock steps by ${Math.round(next - offset)} ms`);
      offset = next;
    },
    onDeath: (listener) => void deathListeners.push(listener),
    onFreeze: (listener) => void freezeListeners.push(listener),
    runtime: {
      newId: deps.newId,
      random: () => random.next(),
      clock: {
        now: () => Math.floor(scheduler.now() + offset),
        sleep: (ms, signal) =>
          new Promise((resolve) => {
            if (signal?.aborted) return resolve();
            const done = (): void => {
              signal?.removeEventListener('abort', done);
              resolve();
            };
            signal?.addEventListener('abort', done, { once: true });
            later(Math.max(0, ms), done);
          }),
      },
    },
  };
}
