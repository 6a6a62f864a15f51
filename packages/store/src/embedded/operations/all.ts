import type { DatabaseSync } from 'node:sqlite';
import { auditOperations } from './audit.ts';
import { campaignOperations } from './campaigns.ts';
import { capOperations } from './caps.ts';
import { configOperations } from './config.ts';
import { contentItemOperations } from './content-items.ts';
import { deadLetterOperations } from './dead-letters.ts';
import { endingOperations } from './endings.ts';
import { erasureOperations } from './erasures.ts';
import { executionOperations } from './executions.ts';
import { fixtureOperations } from './fixtures.ts';
import { keyOperations } from './keys.ts';
import { ledgerOperations } from './ledger.ts';
import { profileOperations } from './profiles.ts';
import { roundOperations } from './rounds.ts';
import { suppressionOperations } from './suppressions.ts';
import { surfaceOperations } from './surfaces.ts';
import { uploadOperations } from './uploads.ts';

/** Everything that the store asks of the database's thread, by name. Arguments and results cross threads as copies. */
export function operations(db: DatabaseSync) {
  const configuration = {
    ...keyOperations(db),
    ...surfaceOperations(db),
    ...campaignOperations(db),
    ...suppressionOperations(db),
  };
  return {
    ...configOperations(db),
    ...configuration,
    ...auditOperations(db, configuration),
    ...fixtureOperations(db),
    ...profileOperations(db),
    ...erasureOperations(db),
    ...executionOperations(db),
    ...ledgerOperations(db),
    ...roundOperations(db),
    ...capOperations(db),
    ...endingOperations(db),
    ...deadLetterOperations(db),
    ...contentItemOperations(db),
    ...uploadOperations(db),
  };
}
export type Operations = ReturnType<typeof operations>;
