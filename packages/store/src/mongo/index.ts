export type { MongoOptions } from './connect.ts';
export { migrate } from './migrate.ts';
export { createMongoStore, type MongoStoreOptions } from './store.ts';
