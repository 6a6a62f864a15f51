export { createSqliteStore, embeddedStoreModule } from './embedded/store.ts';
export * from './port.ts';
