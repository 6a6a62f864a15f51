import type { CapRepository, CapRequest } from '../port.ts';
import { idOf } from './ids.ts';
import { driverOf, insertOnce, type Unique } from './insert-once.ts';
import type { Models } from './models.ts';

/** Windows of which this process remembers how full they are; beyond it forgets all, and asks again. */
const MAX_KNOWN = 50_000;
/** How far apart the places are that a search looks at: it ends after a few questions, whatever the limit. */
const STRIDE = 4;

/** By a window's id, how many of its places are taken for sure. */
export type KnownWindows = Map<string, number>;

/** One window of one key. */
interface Window {
  readonly id: string;
  /** Every place before it is taken. */
  next: number;
  /** Whether the search has to begin anew: somebody else takes places, too. */
  stale: boolean;
}
interface Asked {
  readonly window: Window;
  readonly limit: number;
  granted?: boolean;
}

/**
 * A window has as many places as its limit, and each is a document that one insert takes: an insert costs the database a
 * tenth of an update, and no two messages wait for one counter. Places are taken from the first one on, so that the first
 * free one is found by looking at a few; how far a window is, this process remembers. A place that is lost to a crash
 * makes a window take one less.
 */
export function createCaps({ caps }: Pick<Models, 'caps'>, known: KnownWindows): CapRepository {
  /** One try for each; those who lost their place to somebody else stay open. */
  async function tryPlaces(open: readonly Asked[]): Promise<void> {
    const tried: { asked: Asked; place: number }[] = [];
    for (const asked of open) {
      const { window, limit } = asked;
      if (window.next >= limit) asked.granted = false;
      else tried.push({ asked, place: window.next++ });
    }
    const inserted = await insertOnce(
      caps,
      tried.map(({ asked, place }) => ({ _id: placeId(asked.window, place) })),
    );
    for (const [at, { asked }] of tried.entries()) {
      if (inserted[at]) asked.granted = true;
      else asked.window.stale = true;
    }
  }

  /** Moves each window that others take places of to its first free place, as far as a few looks can tell. */
  async function search(windows: readonly Window[], limits: ReadonlyMap<Window, number>): Promise<void> {
    const looks = windows.flatMap((window) => {
      const places: number[] = [];
      for (let step = 0; window.next + step < (limits.get(window) ?? 0); step = step * STRIDE + 1) {
        places.push(window.next + step);
      }
      return places.map((place) => ({ window, place, id: placeId(window, place) }));
    });
    const found = await driverOf<Unique>(caps)
      .find<Unique>({ _id: { $in: looks.map(({ id }) => id) } }, { projection: { _id: 1 } })
      .toArray();
    const taken = new Set(found.map(({ _id }) => _id));
    for (const { window, place, id } of looks) if (taken.has(id)) window.next = place + 1;
    for (const window of windows) window.stale = false;
  }

  return {
    take: async (requests) => {
      const windows = new Map<string, Window>();
      const asked = requests.map((request): Asked => {
        const id = windowId(request);
        const window = windows.get(id) ?? { id, next: known.get(id) ?? 0, stale: false };
        windows.set(id, window);
        return { window, limit: request.limit };
      });
      for (let open = asked; open.length > 0; open = open.filter(({ granted }) => granted === undefined)) {
        const stale = [...windows.values()].filter((window) => window.stale);
        if (stale.length > 0) await search(stale, largestLimits(open));
        await tryPlaces(open);
      }
      if (known.size + windows.size > MAX_KNOWN) known.clear();
      for (const { id, next } of windows.values()) known.set(id, Math.max(next, known.get(id) ?? 0));
      return inOrder(asked);
    },
  };
}

/** Ids begin with the window's time: what is over is one range of them. */
export const capsBefore = (time: number): { readonly $gte: string; readonly $lt: string } => ({
  $gte: '',
  $lt: padded(time),
});
const padded = (time: number): string => String(time).padStart(15, '0');
/** Everything that was counted under a key in a window. */
export function capsOf(request: Omit<CapRequest, 'limit'>): { readonly $gte: string; readonly $lt: string } {
  // " " is followed by "!" in the alphabet.
  return { $gte: `${windowId(request)} `, $lt: `${windowId(request)}!` };
}
const windowId = (request: Omit<CapRequest, 'limit'>): string =>
  `${padded(request.window)} ${idOf(request, request.key)}`;
const placeId = ({ id }: Window, place: number): string => `${id} ${place}`;

function largestLimits(asked: readonly Asked[]): Map<Window, number> {
  const limits = new Map<Window, number>();
  for (const { window, limit } of asked) limits.set(window, Math.max(limit, limits.get(window) ?? 0));
  return limits;
}

/** Of equal requests in a batch the first are granted, whoever of them found a place. */
function inOrder(asked: readonly Asked[]): boolean[] {
  const kindOf = ({ window, limit }: Asked): string => `${limit} ${window.id}`;
  const left = new Map<string, number>();
  for (const one of asked) if (one.granted) left.set(kindOf(one), (left.get(kindOf(one)) ?? 0) + 1);
  return asked.map((one) => {
    const room = left.get(kindOf(one)) ?? 0;
    left.set(kindOf(one), room - 1);
    return room > 0;
  });
}
