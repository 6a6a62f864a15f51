import type { EndingRepository } from '../port.ts';
import { placeOf, placeSlice, toPlacePage } from '../places.ts';
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
  };
}
