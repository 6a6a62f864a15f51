import { constants } from 'node:fs';
import { copyFile, link, open, rm } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { checkpoint, CHECKPOINT_PAGES } from './open-file.ts';

/**
 * Copies the file as it is now, while transactions go on: everything is moved from the write-ahead log into the file,
 * and until the copy is made nothing else is, so the file stands still and the log takes what is written meanwhile.
 * (SQLite's own backup cannot be used: in Node it fails whenever one of its steps meets a transaction.)
 */
export async function copyDatabase(db: DatabaseSync, source: string, target: string): Promise<void> {
  const partial = `${target}.partial`;
  db.exec('PRAGMA wal_autocheckpoint = 0');
  try {
    if (!checkpoint(db)) throw new Error('the log could not be moved into the file');
    await copyFile(source, partial, constants.COPYFILE_EXCL);
    const copy = await open(partial, 'r+');
    await copy.sync();
    await copy.close();
    // Unlike a rename it takes no other file's place.
    await link(partial, target);
  } finally {
    await rm(partial, { force: true });
    if (db.isOpen) db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  }
}

/** True while a copy is being made: the file must not change. */
export const isCopying = (db: DatabaseSync): boolean =>
  Object.values(db.prepare('PRAGMA wal_autocheckpoint').get() ?? {})[0] === 0;
