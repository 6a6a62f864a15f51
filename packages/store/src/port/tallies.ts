import type { Tenant } from '@herald/contracts';

/** How messages of a campaign ended at a provider in one short window of time, as far as it says something of either. */
export interface Tally extends Tenant {
  readonly campaignId: string;
  /** Empty where the end came without a provider. */
  readonly provider: string;
  /** When the window began, milliseconds since the epoch. */
  readonly window: number;
  readonly sent: number;
  /** Failed for the campaign's, the content's or the recipient's sake. */
  readonly refused: number;
  /** Failed, and that may be the provider's fault as well. */
  readonly unclear: number;
}

/** Counts for a judgement, not for a bill: one that is told again after an outage may be counted twice. */
export interface TallyRepository {
  add(tallies: readonly Tally[]): Promise<void>;
  /** Of every tenant: windows that began at `from` or later, one entry for each campaign and provider in each. */
  since(from: number): Promise<Tally[]>;
  /** Forgets windows that began before that. */
  drop(before: number): Promise<void>;
}
