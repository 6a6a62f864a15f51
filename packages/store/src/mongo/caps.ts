import type { CapRepository, CapRequest } from '../port.ts';
import { duplicatesIn } from './errors.ts';
import { idOf } from './ids.ts';
import { driverOf } from './insert-once.ts';
import type { CapDocument, Models } from './models.ts';

interface Asked {
  readonly _id: string;
  readonly limit: number;
  readonly window: number;
}

/**
 * One counter per window, and one command per batch: each update counts only while there is room, and where there is
 * none it tries to insert a counter that is there already, which is how it is refused. Such a command is not repeated: it
 * would count twice.
 */
export function createCaps({ caps }: Models): CapRepository {
  /** The places of those that were refused. */
  async function count(asked: readonly Asked[]): Promise<number[]> {
    try {
      await driverOf<CapDocument>(caps).bulkWrite(
        asked.map(({ _id, window, limit }) => ({
          updateOne: {
            filter: { _id, used: { $lt: limit } },
            update: { $inc: { used: 1 }, $setOnInsert: { window } },
            upsert: true,
          },
        })),
        { ordered: false },
      );
      return [];
    } catch (error) {
      const refused = duplicatesIn(error);
      if (refused === undefined) throw error;
      return refused;
    }
  }

  /** Two that are the first of a window can refuse each other, with room for both: those are asked for again. */
  async function withRoom(asked: readonly Asked[]): Promise<Asked[]> {
    const ids = [...new Set(asked.map(({ _id }) => _id))];
    const found = await caps.find({ _id: { $in: ids } }).lean<CapDocument[]>();
    const used = new Map(found.map((counter) => [counter._id, counter.used]));
    return asked.filter(({ _id, limit }) => (used.get(_id) ?? 0) < limit);
  }

  return {
    take: async (requests) => {
      const asked = requests.map(toAsked);
      const granted = new Map<Asked, boolean>();
      let open = asked.filter(({ limit }) => limit >= 1);
      while (open.length > 0) {
        const refused = new Set(await count(open));
        for (const [place, one] of open.entries()) granted.set(one, !refused.has(place));
        const lost = open.filter((_, place) => refused.has(place));
        open = lost.length === 0 ? [] : await withRoom(lost);
      }
      return inOrder(asked, granted);
    },
  };
}

const toAsked = (request: CapRequest): Asked => ({
  _id: idOf(request, request.key, request.window),
  window: request.window,
  limit: request.limit,
});

/** Of equal requests in a batch the first are granted, in whichever order the database took them. */
function inOrder(asked: readonly Asked[], granted: ReadonlyMap<Asked, boolean>): boolean[] {
  const kindOf = ({ _id, limit }: Asked): string => `${limit} ${_id}`;
  const left = new Map<string, number>();
  for (const one of asked) if (granted.get(one)) left.set(kindOf(one), (left.get(kindOf(one)) ?? 0) + 1);
  return asked.map((one) => {
    const room = left.get(kindOf(one)) ?? 0;
    left.set(kindOf(one), room - 1);
    return room > 0;
  });
}
