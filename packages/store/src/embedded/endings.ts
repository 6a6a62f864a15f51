import type { FinalState } from '@herald/contracts';
import type { EndingRepository } from '../port.ts';
import { placeOf, placeSlice, shownOf, toEntryPage, toPlacePage } from '../places.ts';
import type { Call } from './call.ts';

export function createEndings(call: Call): EndingRepository {
  return {
    insert: async (endings) => {
      if (endings.length === 0) return;
      await call(
        'endingsInsert',
        endings.map(({ org, sandbox, state, reason, messageId, round, campaignId }) => [
          org,
          sandbox,
          state,
          reason,
          placeOf(messageId),
          round,
          campaignId,
        ]),
      );
    },
    list: async ({ org, sandbox }, { state, reason, campaignId, ...page }) => {
      const slice = placeSlice(page);
      const filter = {
        ...(state === undefined ? {} : { state }),
        ...(reason === undefined ? {} : { reason }),
        ...(campaignId === undefined ? {} : { campaignId }),
      };
      return toPlacePage(await call('endingsList', { org, sandbox, ...filter, ...slice }), slice);
    },
    entries: async ({ org, sandbox }, page) => {
      const slice = placeSlice(page);
      const { shown, next } = shownOf(await call('endingsList', { org, sandbox, ...slice }), slice);
      const [newest, oldest] = [shown[0], shown.at(-1)];
      if (newest === undefined || oldest === undefined) return { items: [] };
      const rows = await call('endingsOf', { org, sandbox, oldest, newest });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only final states are inserted
      return toEntryPage(
        rows.map(([place, round, state, reason]) => ({ place, round, state: state as FinalState, reason })),
        next,
      );
    },
  };
}
