import { Outage } from '@herald/contracts';
import type { Database } from '@herald/sqlite';
import type { Store } from '../port.ts';
import type { Call } from './call.ts';
import { auditing, createAudit } from './audit.ts';
import { createCampaigns } from './campaigns.ts';
import { createCaps } from './caps.ts';
import { createContentItems } from './content-items.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createEndings } from './endings.ts';
import { createExecutions } from './executions.ts';
import { createFeedback } from './feedback.ts';
import { createFixtures } from './fixtures.ts';
import { createKeys } from './keys.ts';
import { createLedger } from './ledger.ts';
import { createProfiles } from './profiles.ts';
import { createProviderGrants } from './provider-grants.ts';
import { createPrune } from './prune.ts';
import { createSuppressions } from './suppressions.ts';
import { createSurfaces } from './surfaces.ts';
import { createTallies } from './tallies.ts';
import { createWebhookDeliveries } from './webhook-deliveries.ts';
import { createWebhooks } from './webhooks.ts';
import { createUploads } from './uploads.ts';

/** To be named among the modules of `openDatabase`. */
export const embeddedStoreModule = new URL('./module.ts', import.meta.url);

/**
 * The store in a database opened with `embeddedStoreModule`. Closing the store ends its own use of the database, after
 * what is under way; the database is closed by whoever opened it.
 */
export function createSqliteStore({ database }: { readonly database: Database }): Store {
  let closed = false;
  const call: Call = async (name, ...args) => {
    if (closed) throw new Outage('closed', 'the store is closed');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `name` decides what the thread answers
    return (await database.call(`store.${name}`, args[0])) as never;
  };
  return {
    keys: createKeys(call),
    surfaces: createSurfaces(call),
    campaigns: createCampaigns(call),
    fixtures: createFixtures(call),
    profiles: createProfiles(call),
    suppressions: createSuppressions(call),
    executions: createExecutions(call),
    ledger: createLedger(call),
    caps: createCaps(call),
    tallies: createTallies(call),
    providerGrants: createProviderGrants(call),
    endings: createEndings(call),
    deadLetters: createDeadLetters(call),
    feedback: createFeedback(call),
    contentItems: createContentItems(call),
    webhooks: createWebhooks(call),
    webhookDeliveries: createWebhookDeliveries(call),
    uploads: createUploads(call),
    audit: createAudit(call),
    audited: (tenant, entry) => {
      const both = auditing(call, tenant, entry);
      return {
        keys: createKeys(both),
        surfaces: createSurfaces(both),
        campaigns: createCampaigns(both),
        suppressions: createSuppressions(both),
        webhooks: createWebhooks(both),
      };
    },
    configRevision: () => call('configRevision'),
    prune: createPrune(call),
    failed: database.failed,
    close: async () => {
      if (closed) return;
      closed = true;
      // The thread answers in order: after this, everything that was called before has been answered.
      await database.call('store.configRevision', undefined).catch(() => undefined);
    },
  };
}
