import { CHANNELS, type Channel } from '@herald/contracts';
import { createRandom, type Random } from '../simulate/random.ts';

/**
 * What a provider's server does instead of its work. `hang`: takes connections and says nothing. `mute`: takes a message
 * and never says so. `refuse`: does not listen. `reset`: cuts every connection. `drop`: takes a message and cuts the
 * connection in place of its answer. Storms: most messages are refused, for now or for good.
 */
export const MOODS = ['hang', 'mute', 'refuse', 'reset', 'drop', 'storm-4xx', 'storm-5xx'] as const;
export type Mood = (typeof MOODS)[number] | 'well';

export type Mode = 'embedded' | 'distributed';

/** What is done to Herald itself, or to what it stands on. */
export const BLOWS = ['kill-role', 'stop-role', 'poison', 'kill-broker', 'stop-broker', 'kill-db', 'stop-db'] as const;
export type Blow = (typeof BLOWS)[number];

export type Fault =
  | { readonly kind: 'mood'; readonly mood: Exclude<Mood, 'well'>; readonly channels: readonly Channel[] }
  /** `part`: in [0, 1), which of the processes. */
  | { readonly kind: 'blow'; readonly blow: Blow; readonly part: number };

export type Planned = Fault & {
  /** Milliseconds from the begin of the load. */
  readonly at: number;
  readonly lastsMs: number;
};

const CALM_MS = 4_000;
/** The last fault is over so long before the load ends: what comes after it shows whether Herald is well again. */
const QUIET_END_MS = 6_000;
const WITHOUT_SERVERS: readonly Blow[] = ['kill-role', 'stop-role', 'poison'];
/** With one process there are fewer ways of hitting Herald: those come more often. */
const TIMES = { embedded: 2, distributed: 1 } as const;

/** Every fault there is before any comes again; the next begins before or after the one before is over. */
export function planFaults(seed: number, mode: Mode, forMs: number): Planned[] {
  const random = createRandom(seed).fork('plan');
  const blows = mode === 'embedded' ? WITHOUT_SERVERS : BLOWS;
  const faults: Planned[] = [];
  let bag: Fault[] = [];
  for (let at = CALM_MS + random.between(0, 2_000); ;) {
    if (bag.length === 0) bag = shuffled(random, everyFault(random, blows, TIMES[mode]));
    const fault = bag.pop() as Fault;
    const lastsMs = Math.round(fault.kind === 'mood' ? random.between(2_000, 6_000) : random.between(300, 4_000));
    if (at + lastsMs + QUIET_END_MS > forMs) return faults;
    faults.push({ ...fault, at: Math.round(at), lastsMs });
    at += 1_000 + lastsMs * random.between(0.5, 1.2);
  }
}

const everyFault = (random: Random, blows: readonly Blow[], times: number): Fault[] => [
  ...MOODS.map((mood): Fault => ({ kind: 'mood', mood, channels: someChannels(random) })),
  ...Array.from({ length: times }, () => blows)
    .flat()
    .map((blow): Fault => ({ kind: 'blow', blow, part: random.next() })),
];

function someChannels(random: Random): readonly Channel[] {
  if (random.chance(0.3)) return CHANNELS;
  return [random.pick(CHANNELS)];
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: random.next() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

export const nameOf = (fault: Fault): string =>
  fault.kind === 'mood' ? `${fault.mood} ${fault.channels.join('+')}` : fault.blow;
