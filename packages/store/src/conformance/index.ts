import { afterAll, beforeAll, describe } from '@jest/globals';
import { auditCases } from './audit.ts';
import { campaignCases } from './campaigns.ts';
import { capCases } from './caps.ts';
import { contentItemCases } from './content-items.ts';
import { deadLetterCases } from './dead-letters.ts';
import { endingCases } from './endings.ts';
import { erasureCases } from './erasures.ts';
import { executionCases } from './executions.ts';
import { feedbackCases } from './feedback.ts';
import { fixtureCases } from './fixtures.ts';
import { isolationCases } from './isolation.ts';
import { keyCases } from './keys.ts';
import { ledgerCases } from './ledger.ts';
import { lifecycleCases } from './lifecycle.ts';
import { nameCases } from './names.ts';
import { profileCases } from './profiles.ts';
import { profileWriteCases } from './profile-writes.ts';
import { providerGrantCases } from './provider-grants.ts';
import type { CreateStore, StoreUnderTest } from './subject.ts';
import { roundCases } from './rounds.ts';
import { suppressionCases } from './suppressions.ts';
import { surfaceCases } from './surfaces.ts';
import { tallyCases } from './tallies.ts';
import { webhookCases } from './webhooks.ts';
import { uploadCases } from './uploads.ts';

export { anEnding } from './endings.ts';
export { everyCall } from './every-call.ts';
export * from './samples.ts';
export { aDelivery, aWebhook } from './webhooks.ts';
export type { CreateStore, StoreUnderTest } from './subject.ts';
export { anUpload } from './uploads.ts';

/** Registers a case for every promise of the port. A behaviour that is not here is not promised. */
export function testStore(name: string, create: CreateStore): void {
  describe(`store: ${name}`, () => {
    let subject: StoreUnderTest | undefined;
    beforeAll(async () => {
      subject = await create();
    });
    afterAll(() => subject?.dispose());
    const store = () => {
      if (subject === undefined) throw new Error('the store was not made');
      return subject.store;
    };
    keyCases(store);
    surfaceCases(store);
    campaignCases(store);
    fixtureCases(store);
    auditCases(store);
    profileCases(store);
    profileWriteCases(store);
    nameCases(store);
    erasureCases(store);
    suppressionCases(store);
    executionCases(store);
    ledgerCases(store);
    roundCases(store);
    capCases(store);
    tallyCases(store);
    providerGrantCases(store);
    endingCases(store);
    deadLetterCases(store);
    feedbackCases(store);
    contentItemCases(store);
    webhookCases(store);
    uploadCases(store);
    isolationCases(store);
    lifecycleCases(create);
  });
}
