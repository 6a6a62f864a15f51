import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

export function configOperations(db: DatabaseSync) {
  const revision = prepare<[number]>(db, 'SELECT revision FROM config_revision');
  return { configRevision: (): number => revision.get()?.[0] ?? 0 };
}
