import type { TallyRepository } from '../port.ts';
import type { Call } from './call.ts';
import { storable } from './compared.ts';

export function createTallies(call: Call): TallyRepository {
  return {
    add: async (tallies) => {
      if (tallies.length === 0) return;
      await call(
        'talliesAdd',
        tallies.map(({ window, org, sandbox, campaignId, provider, sent, refused, unclear }) => [
          window,
          org,
          sandbox,
          storable(campaignId),
          storable(provider),
          sent,
          refused,
          unclear,
        ]),
      );
    },
    since: async (from) =>
      (await call('talliesSince', from)).map(
        ([window, org, sandbox, campaignId, provider, sent, refused, unclear]) => ({
          window,
          org,
          sandbox,
          campaignId,
          provider,
          sent,
          refused,
          unclear,
        }),
      ),
    drop: (before) => call('talliesDrop', before),
  };
}
