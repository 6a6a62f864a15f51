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
import { feedbackOperations } from './feedback.ts';
import { fixtureOperations } from './fixtures.ts';
import { keyOperations } from './keys.ts';
import { ledgerOperations } from './ledger.ts';
import { profileOperations } from './profiles.ts';
import { providerGrantOperations } from './provider-grants.ts';
import { roundOperations } from './rounds.ts';
import { suppressionOperations } from './suppressions.ts';
import { surfaceOperations } from './surfaces.ts';
import { tallyOperations } from './tallies.ts';
import { webhookDeliveryOperations } from './webhook-deliveries.ts';
import { webhookOperations } from './webhooks.ts';
import { uploadOperations } from './uploads.ts';

/** Everything that the store asks of the database's thread, by name. Arguments and results cross threads as copies. */
export function operations(db: DatabaseSync) {
  const configuration = {
    ...keyOperations(db),
    ...surfaceOperations(db),
    ...campaignOperations(db),
    ...suppressionOperations(db),
    ...webhookOperations(db),
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
    ...tallyOperations(db),
    ...providerGrantOperations(db),
    ...endingOperations(db),
    ...deadLetterOperations(db),
    ...feedbackOperations(db),
    ...contentItemOperations(db),
    ...webhookDeliveryOperations(db),
    ...uploadOperations(db),
  };
}
export type Operations = ReturnType<typeof operations>;
