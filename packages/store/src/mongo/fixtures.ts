import type { Fixture } from '@herald/contracts';
import { fromJson } from '../json.ts';
import type { FixtureRepository, FixtureSummary } from '../port.ts';
import { idOf } from './ids.ts';
import type { FixtureDocument, Models } from './models.ts';

export function createFixtures({ fixtures }: Models): FixtureRepository {
  return {
    put: async (tenant, campaignId, { request, ...summary }, most) => {
      const _id = idOf(tenant, campaignId, summary.name);
      const campaign = idOf(tenant, campaignId);
      const written = {
        campaign,
        name: summary.name,
        body: JSON.stringify(summary),
        request: JSON.stringify(request),
      };
      const before = await fixtures.findByIdAndUpdate(_id, { $set: written }, { upsert: true, projection: { _id: 1 } });
      if (before !== null) return 'written';
      // Counted after it is there: of several at once each sees the others, so that none too many stays.
      if ((await fixtures.countDocuments({ campaign }, { limit: most + 1 })) <= most) return 'written';
      await fixtures.findByIdAndDelete(_id);
      return 'full';
    },
    get: async (tenant, campaignId, name) => {
      const found = await fixtures.findById(idOf(tenant, campaignId, name)).lean<FixtureDocument>();
      if (found === null) return undefined;
      return { ...fromJson<FixtureSummary>(found.body), request: fromJson<Fixture['request']>(found.request) };
    },
    list: async (tenant, campaignId) => {
      const found = await fixtures
        .find({ campaign: idOf(tenant, campaignId) }, { body: 1 }, { sort: { name: 1 } })
        .lean<FixtureDocument[]>();
      return found.map(({ body }) => fromJson<FixtureSummary>(body));
    },
    remove: async (tenant, campaignId, name) =>
      (await fixtures.findByIdAndDelete(idOf(tenant, campaignId, name)).lean()) !== null,
  };
}
