import { z } from 'zod';

/** What there is to know of a setting beside its form. */
export interface Setting {
  readonly env: string;
  /** As it would be written in the environment; absent: the setting is optional. */
  readonly default?: string;
  readonly unit?: string;
  readonly meaning: string;
  readonly example: string;
}
export const about = z.registry<Setting>();
