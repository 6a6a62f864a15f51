export { openDatabase, type Database, type DatabaseStats, type DatabaseUsage, type OpenOptions } from './database.ts';
export type { Migration, SqliteModule } from './module.ts';
export { OpenError, type OpenErrorCode } from './open-error.ts';
