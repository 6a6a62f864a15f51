export type { MongoOptions } from './connect.ts';
export { migrate } from './migrate.ts';
export type { PoolUse } from './pool.ts';
export { createMongoStore, type MongoStore, type MongoStoreOptions } from './store.ts';
