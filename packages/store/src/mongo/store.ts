import type { Store } from '../port.ts';
import { auditing, createAudit } from './audit.ts';
import { createCampaigns } from './campaigns.ts';
import { createCaps, type KnownWindows } from './caps.ts';
import { connect, type MongoOptions } from './connect.ts';
import { createContentItems } from './content-items.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createEndings } from './endings.ts';
import { translated } from './errors.ts';
import { createExecutions } from './executions.ts';
import { createFeedback } from './feedback.ts';
import { createFixtures } from './fixtures.ts';
import { createGuard } from './guard.ts';
import { createKeys } from './keys.ts';
import { createLedger } from './ledger.ts';
import { checkMigrated } from './migrate.ts';
import { modelsOf } from './models.ts';
import { watchPool, type PoolUse } from './pool.ts';
import { createProfiles } from './profiles.ts';
import { createProviderGrants } from './provider-grants.ts';
import { createPrune } from './prune.ts';
import { createRevision } from './revision.ts';
import { createSuppressions } from './suppressions.ts';
import { createSurfaces } from './surfaces.ts';
import { createTallies } from './tallies.ts';
import { createWebhookDeliveries } from './webhook-deliveries.ts';
import { createWebhooks } from './webhooks.ts';
import { createUploads } from './uploads.ts';

export interface MongoStoreOptions extends MongoOptions {
  /** Time-ordered ids: what is listed is listed in their order. */
  readonly newId: () => string;
  /** Longer than any change of the configuration can take, in milliseconds. Default 60,000. */
  readonly changeTakesMs?: number;
}

export interface MongoStore extends Store {
  pool(): PoolUse;
}

/**
 * The store in a MongoDB database that was migrated. Throws `Outage` when the database does not answer, and an error that
 * says what to run when it is not migrated. Any number of processes may have one each.
 */
export async function createMongoStore(options: MongoStoreOptions): Promise<MongoStore> {
  const { newId, changeTakesMs = 60_000 } = options;
  const connection = await connect(options);
  const pool = watchPool(connection);
  const models = modelsOf(connection);
  await checkMigrated(models).catch(async (error: unknown) => {
    await connection.destroy();
    throw translated(error);
  });
  const guard = createGuard();
  const revision = createRevision(models, changeTakesMs);
  const windows: KnownWindows = new Map();
  const prune = createPrune(models, windows);
  let closing: Promise<void> | undefined;
  return {
    pool,
    keys: guard.around(createKeys(models, revision, newId)),
    surfaces: guard.around(createSurfaces(models, revision, newId)),
    campaigns: guard.around(createCampaigns(models, revision, newId)),
    fixtures: guard.around(createFixtures(models)),
    profiles: guard.around(createProfiles(models, newId)),
    suppressions: guard.around(createSuppressions(models, newId)),
    executions: guard.around(createExecutions(models)),
    ledger: guard.around(createLedger(models)),
    caps: guard.around(createCaps(models, windows)),
    tallies: guard.around(createTallies(models)),
    providerGrants: guard.around(createProviderGrants(models, connection)),
    endings: guard.around(createEndings(models)),
    deadLetters: guard.around(createDeadLetters(models, newId)),
    feedback: guard.around(createFeedback(models)),
    contentItems: guard.around(createContentItems(models, newId)),
    webhooks: guard.around(createWebhooks(models, revision, newId)),
    webhookDeliveries: guard.around(createWebhookDeliveries(models, newId)),
    uploads: guard.around(createUploads(models, newId)),
    audit: guard.around(createAudit(models, newId)),
    audited: (tenant, entry) => {
      const audited = auditing(models, newId, tenant, entry);
      const both = audited.around(revision);
      const suppressions = createSuppressions(models, newId);
      return {
        keys: guard.around(createKeys(models, both, newId)),
        surfaces: guard.around(createSurfaces(models, both, newId)),
        campaigns: guard.around(createCampaigns(models, both, newId)),
        webhooks: guard.around(createWebhooks(models, both, newId)),
        suppressions: guard.around({
          ...suppressions,
          add: (...args) => audited.write(() => suppressions.add(...args)),
          remove: (...args) => audited.write(() => suppressions.remove(...args)),
        }),
      };
    },
    configRevision: () => guard.run(() => revision.read()),
    prune: (before) => guard.run(() => prune(before)),
    // An outage ends; nothing that the database does makes this process unable to go on.
    failed: new Promise(() => {}),
    close: () => {
      closing ??= guard.close().then(() => connection.destroy());
      return closing;
    },
  };
}
