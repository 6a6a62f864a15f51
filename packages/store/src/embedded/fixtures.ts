import type { Fixture, Tenant } from '@herald/contracts';
import type { FixtureRepository, FixtureSummary } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import type { FixtureKey } from './operations/fixtures.ts';

export function createFixtures(call: Call): FixtureRepository {
  return {
    put: (tenant, campaignId, { request, ...summary }, most) =>
      call('fixturesPut', {
        key: keyOf(tenant, campaignId, summary.name),
        summary: JSON.stringify(summary),
        request: JSON.stringify(request),
        most,
      }),
    get: async (tenant, campaignId, name) => {
      const row = await call('fixturesGet', keyOf(tenant, campaignId, name));
      return row && { ...fromJson<FixtureSummary>(row[0]), request: fromJson<Fixture['request']>(row[1]) };
    },
    list: async ({ org, sandbox }, campaignId) =>
      (await call('fixturesList', [org, sandbox, campaignId])).map(([summary]) => fromJson<FixtureSummary>(summary)),
    remove: (tenant, campaignId, name) => call('fixturesRemove', keyOf(tenant, campaignId, name)),
  };
}

const keyOf = ({ org, sandbox }: Tenant, campaignId: string, name: string): FixtureKey => [
  org,
  sandbox,
  campaignId,
  name,
];
