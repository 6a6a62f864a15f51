import type { Fixture, Tenant } from '@herald/contracts';

/** What a listing shows of a fixture. */
export type FixtureSummary = Omit<Fixture, 'request'>;

/** Test data that authors keep with a campaign. The caller has seen to it that the campaign exists. */
export interface FixtureRepository {
  /**
   * Saves a fixture under its name, or replaces the one that is there. `full`: nothing was saved, there are `most` others.
   * Under concurrency a campaign that is nearly full may refuse one that would have had room; it never keeps more.
   */
  put(tenant: Tenant, campaignId: string, fixture: Fixture, most: number): Promise<'written' | 'full'>;
  get(tenant: Tenant, campaignId: string, name: string): Promise<Fixture | undefined>;
  /** All of a campaign, by name (by code unit). */
  list(tenant: Tenant, campaignId: string): Promise<FixtureSummary[]>;
  /** Whether there was one. */
  remove(tenant: Tenant, campaignId: string, name: string): Promise<boolean>;
}
