import { Misconfigured } from '@herald/contracts';
import { connect, type MongoOptions } from './connect.ts';
import { translated } from './errors.ts';
import { insertOnce } from './insert-once.ts';
import { putIntoLists } from './lists.ts';
import { modelsOf, type Models } from './models.ts';
import { REVISION } from './revision.ts';

/** An index over many documents is long in the making. */
const HOUR_MS = 3_600_000;

/**
 * Makes what the store needs: collections, indexes, the first revision. It may be run again, by several at once and with
 * the store in use, and takes nothing away. Throws `Outage` when the database does not answer.
 */
export async function migrate(options: MongoOptions): Promise<void> {
  const connection = await connect({ answerWithinMs: HOUR_MS, ...options });
  try {
    const models = modelsOf(connection);
    for (const model of all(models)) {
      await model.createCollection();
      await model.createIndexes();
    }
    await putIntoLists(models);
    await insertOnce(models.settings, [{ _id: REVISION, revision: 1 }]);
  } catch (error) {
    throw translated(error);
  } finally {
    await connection.destroy();
  }
}

/** Throws an error that says what to run when `migrate` did not run, or not this version of it. */
export async function checkMigrated(models: Models): Promise<void> {
  const missing: string[] = [];
  for (const model of all(models)) {
    const { toCreate } = await model.diffIndexes();
    for (const index of toCreate) missing.push(`${model.collection.name} (${Object.keys(index).join(', ')})`);
  }
  if ((await models.settings.exists({ _id: REVISION })) === null) missing.push('the revision');
  if (missing.length === 0) return;
  const name = models.ledger.db.name;
  throw new Misconfigured(
    `the database "${name}" lacks ${missing.join(', ')}: run \`npm run migrate -w @herald/store\` with HERALD_MONGO_URL set, or start once with --prepare`,
  );
}

const all = (models: Models) => Object.values(models) as Models[keyof Models][];
