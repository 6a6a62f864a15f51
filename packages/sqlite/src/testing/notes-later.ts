import type { SqliteModule } from '../module.ts';
import notes from './notes.ts';

/** The same module, one release later. */
const later: SqliteModule = {
  ...notes,
  migrations: [...notes.migrations, { version: 2, up: 'CREATE INDEX notes_body ON notes (body)' }],
};
export default later;
