import type { DatabaseSync } from 'node:sqlite';
import type { SqliteModule } from '../module.ts';

function operations(db: DatabaseSync) {
  const insert = db.prepare('INSERT INTO notes (body) VALUES (?)');
  const all = db.prepare('SELECT id, body FROM notes ORDER BY id');
  const clear = db.prepare('DELETE FROM notes');
  return {
    add: (body: string): number => Number(insert.run(body).lastInsertRowid),
    addThenThrow: (body: string): void => {
      insert.run(body);
      throw new Error('thought better of it');
    },
    bodies: (): string[] => all.all().map((row) => String(row['body'])),
    clear: (): void => void clear.run(),
    die: (): void => process.exit(3),
  };
}

/** A small module for the tests of the thread. */
const notes: SqliteModule = {
  name: 'notes',
  migrations: [{ version: 1, up: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT' }],
  operations,
};
export default notes;
