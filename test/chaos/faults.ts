import { setTimeout as delay } from 'node:timers/promises';
import type { LocalServer } from '../../infra/local/server.ts';
import type { Random } from '../simulate/random.ts';
import type { FarEnd } from './far-end.ts';
import { nameOf, type Planned } from './plan.ts';
import { drawPoison, type PoisonRecord } from './poison.ts';
import type { Part, System } from './system.ts';

/** A fault that was done: milliseconds since the epoch. */
export interface Done {
  readonly name: string;
  readonly began: number;
  readonly ended: number;
}

export interface FaultOptions {
  readonly system: System;
  readonly far: FarEnd;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** How long there is load: what waited for its turn for longer is left out. */
  readonly forMs: number;
  /** Told when each fault is over, and when one could not be done. */
  readonly onDone: (done: Done) => void;
  readonly onPoison: (records: readonly PoisonRecord[]) => void;
  readonly complain: (what: string) => void;
}

const RESTARTS = 3;

/** Carries out a plan. What is done to one thing is done in order; different things are in trouble at the same time. */
export async function carryOut(plan: readonly Planned[], options: FaultOptions): Promise<void> {
  const { system, far, random, signal, forMs, onDone, onPoison, complain } = options;
  const from = Date.now();
  const moods = new Map<string, number>();
  let blows: Promise<void> = Promise.resolve();
  /** Cut short by the signal. */
  const wait = (ms: number): Promise<void> => delay(ms, undefined, { signal }).catch(() => undefined);

  async function mood(fault: Extract<Planned, { kind: 'mood' }>, number: number): Promise<void> {
    for (const channel of fault.channels) {
      moods.set(channel, number);
      await far.set(channel, fault.mood);
    }
    await wait(fault.lastsMs);
    // Another one may have begun meanwhile.
    for (const channel of fault.channels) if (moods.get(channel) === number) await far.set(channel, 'well');
  }

  async function away(server: LocalServer | undefined, end: 'kill' | 'stop', forMs: number): Promise<void> {
    if (server === undefined) throw new Error('there is no such server');
    if (end === 'kill') await server.kill();
    else process.kill(server.pid, 'SIGTERM');
    await wait(forMs);
    // A broker may take half a minute to leave in order: whoever waits for it has less patience.
    await server.kill();
    // On a busy machine it may not come up in its time: without it the run would say nothing more.
    for (let left = RESTARTS; ; left -= 1) {
      try {
        return await server.restart();
      } catch (error) {
        if (left === 0) throw error;
      }
    }
  }

  async function endPart(signal: 'SIGKILL' | 'SIGTERM', part: Part | undefined, forMs: number): Promise<string> {
    const from = performance.now();
    await part?.end(signal);
    const seconds = ((performance.now() - from) / 1_000).toFixed(1);
    await wait(forMs);
    await part?.start();
    return `${signal === 'SIGKILL' ? 'kill -9' : 'SIGTERM'} ${part?.name}${signal === 'SIGKILL' ? '' : ` (took ${seconds} s)`}`;
  }

  async function blow({ blow: name, part, lastsMs }: Extract<Planned, { kind: 'blow' }>): Promise<string> {
    const target = system.parts[Math.floor(part * system.parts.length)];
    switch (name) {
      case 'kill-role':
      case 'stop-role':
        return endPart(name === 'kill-role' ? 'SIGKILL' : 'SIGTERM', target, lastsMs);
      case 'poison': {
        const records = drawPoison(random);
        await system.poison(records);
        onPoison(records);
        return name;
      }
      case 'kill-broker':
      case 'stop-broker':
        await away(system.broker, name === 'kill-broker' ? 'kill' : 'stop', lastsMs);
        return name;
      case 'kill-db':
      case 'stop-db':
        await away(system.database, name === 'kill-db' ? 'kill' : 'stop', lastsMs);
        return name;
    }
  }

  const all = plan.map(async (fault, number) => {
    await wait(fault.at - (Date.now() - from));
    if (signal.aborted) return;
    let began = Date.now();
    let name = nameOf(fault);
    try {
      if (fault.kind === 'mood') await mood(fault, number);
      else {
        const mine = blows.then(async () => {
          began = Date.now();
          if (signal.aborted || began - from > forMs) return false;
          name = await blow(fault);
          return true;
        });
        blows = mine.then(
          () => undefined,
          () => undefined,
        );
        if (!(await mine)) return;
      }
    } catch (error) {
      complain(`${name} could not be done: ${Error.isError(error) ? error.message : String(error)}`);
    }
    onDone({ name, began, ended: Date.now() });
  });
  await Promise.all(all);
}
