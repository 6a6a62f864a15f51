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
  /** Told of a call that the driver has forgotten: its caller got an `Outage`, and its connection may be lost to the pool. */
  readonly onForgotten?: (name: string) => void;
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
  const guard = createGuard({ onForgotten: options.onForgotten });
  const revision = createRevision(models, changeTakesMs);
  const windows: KnownWindows = new Map();
  const prune = createPrune(models, windows);
  let closing: Promise<void> | undefined;
  return {
    pool,
    keys: guard.around('keys', createKeys(models, revision, newId)),
    surfaces: guard.around('surfaces', createSurfaces(models, revision, newId)),
    campaigns: guard.around('campaigns', createCampaigns(models, revision, newId)),
    fixtures: guard.around('fixtures', createFixtures(models)),
    profiles: guard.around('profiles', createProfiles(models, newId)),
    suppressions: guard.around('suppressions', createSuppressions(models, newId)),
    executions: guard.around('executions', createExecutions(models)),
    ledger: guard.around('ledger', createLedger(models)),
    caps: guard.around('caps', createCaps(models, windows)),
    tallies: guard.around('tallies', createTallies(models)),
    providerGrants: guard.around('providerGrants', createProviderGrants(models, connection)),
    endings: guard.around('endings', createEndings(models)),
    deadLetters: guard.around('deadLetters', createDeadLetters(models, newId)),
    feedback: guard.around('feedback', createFeedback(models)),
    contentItems: guard.around('contentItems', createContentItems(models, newId)),
    webhooks: guard.around('webhooks', createWebhooks(models, revision, newId)),
    webhookDeliveries: guard.around('webhookDeliveries', createWebhookDeliveries(models, newId)),
    uploads: guard.around('uploads', createUploads(models, newId)),
    audit: guard.around('audit', createAudit(models, newId)),
    audited: (tenant, entry) => {
      const audited = auditing(models, newId, tenant, entry);
      const both = audited.around(revision);
      const suppressions = createSuppressions(models, newId);
      return {
        keys: guard.around('keys', createKeys(models, both, newId)),
        surfaces: guard.around('surfaces', createSurfaces(models, both, newId)),
        campaigns: guard.around('campaigns', createCampaigns(models, both, newId)),
        webhooks: guard.around('webhooks', createWebhooks(models, both, newId)),
        suppressions: guard.around('suppressions', {
          ...suppressions,
          add: (...args) => audited.write(() => suppressions.add(...args)),
          remove: (...args) => audited.write(() => suppressions.remove(...args)),
        }),
      };
    },
    configRevision: () => guard.run('configRevision', () => revision.read()),
    prune: (before) => guard.run('prune', () => prune(before)),
    // An outage ends; nothing that the database does makes this process unable to go on.
    failed: new Promise(() => {}),
    close: () => {
      closing ??= guard.close().then(() => connection.destroy());
      return closing;
    },
  };
}
