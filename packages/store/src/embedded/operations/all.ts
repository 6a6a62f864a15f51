import type { DatabaseSync } from 'node:sqlite';
import { campaignOperations } from './campaigns.ts';
import { capOperations } from './caps.ts';
import { configOperations } from './config.ts';
import { contentItemOperations } from './content-items.ts';
import { deadLetterOperations } from './dead-letters.ts';
import { executionOperations } from './executions.ts';
import { keyOperations } from './keys.ts';
import { ledgerOperations } from './ledger.ts';
import { profileOperations } from './profiles.ts';
import { suppressionOperations } from './suppressions.ts';
import { surfaceOperations } from './surfaces.ts';

/** Everything that the store asks of the database's thread, by name. Arguments and results cross threads as copies. */
export function operations(db: DatabaseSync) {
  return {
    ...configOperations(db),
    ...keyOperations(db),
    ...surfaceOperations(db),
    ...campaignOperations(db),
    ...profileOperations(db),
    ...suppressionOperations(db),
    ...executionOperations(db),
    ...ledgerOperations(db),
    ...capOperations(db),
    ...deadLetterOperations(db),
    ...contentItemOperations(db),
  };
}
export type Operations = ReturnType<typeof operations>;
