import type { SqliteModule } from '@herald/sqlite';
import { migrations } from './migrations.ts';
import { operations } from './operations/all.ts';

/** Imported by the database's thread, by its URL. */
const storeModule: SqliteModule = { name: 'store', migrations, operations };
export default storeModule;
