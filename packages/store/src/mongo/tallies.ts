import { fromJson } from '../json.ts';
import type { Tally, TallyRepository } from '../port.ts';
import { driverOf, insertOnce, newMark } from './insert-once.ts';
import type { BodyDocument, Models } from './models.ts';

/** Ids begin with the window: what is over is one range of them. */
const padded = (window: number): string => String(window).padStart(15, '0');

/** Each addition is a document of its own: no two processes wait for one counter. They are summed up when they are read. */
export function createTallies({ tallies: model }: Pick<Models, 'tallies'>): TallyRepository {
  return {
    add: async (tallies) => {
      await insertOnce(
        model,
        tallies.map((tally) => ({ _id: `${padded(tally.window)} ${newMark()}`, body: JSON.stringify(tally) })),
      );
    },
    since: async (from) => {
      const found = await driverOf<BodyDocument>(model)
        .find<BodyDocument>({ _id: { $gte: padded(from) } })
        .toArray();
      const sums = new Map<string, Tally>();
      for (const { body } of found) {
        const one = fromJson<Tally>(body);
        const { window, org, sandbox, campaignId, provider } = one;
        const key = JSON.stringify([window, org, sandbox, campaignId, provider]);
        const sum = sums.get(key);
        sums.set(key, {
          ...one,
          sent: one.sent + (sum?.sent ?? 0),
          refused: one.refused + (sum?.refused ?? 0),
          unclear: one.unclear + (sum?.unclear ?? 0),
        });
      }
      return [...sums.values()];
    },
    drop: async (before) => {
      await driverOf<BodyDocument>(model).deleteMany({ _id: { $lt: padded(before) } });
    },
  };
}
