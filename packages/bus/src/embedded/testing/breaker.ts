import type { SqliteModule } from '@herald/sqlite';

/** Ends the database's thread, as a crash in it would. */
const breaker: SqliteModule = {
  name: 'breaker',
  migrations: [],
  operations: () => ({ break: (): never => process.exit(1) }),
};
export default breaker;
