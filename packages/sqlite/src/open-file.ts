import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isBusy, isDamaged, messageOf } from './errors.ts';
import type { SqliteModule } from './module.ts';
import { OpenError } from './open-error.ts';

/** "Hrld" in the file's header: says that the file is one of ours. */
const APPLICATION_ID = 0x48726c64;
/** The layout that the modules share: the migrations table. */
const LAYOUT = 1;
/** A file up to this size is checked whole when it is opened; that takes about 0.1 s. */
const CHECKED_BYTES = 64 * 1024 * 1024;
/** Pages in the write-ahead log before its content is moved to the file: 16 MB, a few milliseconds of copying. */
export const CHECKPOINT_PAGES = 4000;

const MAGIC = Buffer.from('SQLite format 3\0');
const HEADER = { bytes: 100, layout: 60, applicationId: 68 };

/**
 * Opens the file for this process alone, or throws `OpenError` and leaves it byte for byte as it was. Every doubt is
 * settled by reading before the first writable connection: opening one replays or removes journals beside the file.
 */
export function openFile(file: string, modules: readonly SqliteModule[], maxBytes?: number): DatabaseSync {
  try {
    if (!isEmpty(file)) inspect(file, modules);
    return openForWriting(file, modules, maxBytes);
  } catch (error) {
    if (error instanceof OpenError) throw error;
    if (isBusy(error)) throw inUse(file);
    if (isDamaged(error)) throw corrupt(file, messageOf(error));
    throw new OpenError('unwritable', `${file} cannot be opened for writing: ${messageOf(error)}`);
  }
}

export const inUse = (file: string): OpenError =>
  new OpenError('in-use', `${file} is in use by another process: stop that one first, or use another directory`);

const corrupt = (file: string, what: string): OpenError =>
  new OpenError('corrupt', `${file} is damaged (${what}): restore it from a backup, or move it away`);

const newer = (file: string, what: string): OpenError =>
  new OpenError('newer', `${file} was written by a newer release (${what}): use that release or a later one`);

/** True when there is no file yet, or one without content. Refuses what is not ours by its header. */
function isEmpty(file: string): boolean {
  const header = Buffer.alloc(HEADER.bytes);
  let length: number;
  try {
    const fd = openSync(file, 'r');
    try {
      if (!fstatSync(fd).isFile()) throw new OpenError('foreign', `${file} is not a file`);
      length = readSync(fd, header, 0, HEADER.bytes, 0);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
    throw error;
  }
  if (length === 0) return true;
  const ours =
    length === HEADER.bytes &&
    header.subarray(0, MAGIC.length).equals(MAGIC) &&
    header.readUInt32BE(HEADER.applicationId) === APPLICATION_ID;
  if (!ours) throw new OpenError('foreign', `${file} exists and was not written by Herald: move it away`);
  const layout = header.readUInt32BE(HEADER.layout);
  if (layout > LAYOUT) throw newer(file, `layout ${layout}, known is ${LAYOUT}`);
  return false;
}

/** Reads only. A lock of another process shows here as "busy". */
function inspect(file: string, modules: readonly SqliteModule[]): void {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    if (sizeInBytes(db) <= CHECKED_BYTES) {
      const [first] = db.prepare('PRAGMA quick_check(1)').all();
      if (first?.['quick_check'] !== 'ok') throw corrupt(file, 'its pages contradict each other');
    }
    for (const module of modules) {
      const stored = migratedTo(db, module.name);
      const known = module.migrations.at(-1)?.version ?? 0;
      if (stored > known) throw newer(file, `${module.name} ${stored}, known is ${known}`);
    }
  } finally {
    db.close();
  }
}

function openForWriting(file: string, modules: readonly SqliteModule[], maxBytes?: number): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    // Exclusive before the first access, or SQLite would share the file through a -shm file and lock only now and then.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    // In the file itself before there is a write-ahead log, so that a crash right here leaves no file that looks foreign.
    if (pragma(db, 'application_id') !== APPLICATION_ID) {
      db.exec(`BEGIN EXCLUSIVE; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${LAYOUT}; COMMIT`);
    }
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.exec('PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536');
    if (maxBytes !== undefined) {
      db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pragma(db, 'page_size')))}`);
    }
    // Takes the lock for good, and proves that the file can be written.
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    migrate(db, modules);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: DatabaseSync, modules: readonly SqliteModule[]): void {
  db.exec('CREATE TABLE IF NOT EXISTS migrations (module TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT');
  const note = db.prepare('INSERT INTO migrations VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version');
  for (const module of modules) {
    const stored = migratedTo(db, module.name);
    for (const migration of module.migrations) {
      if (migration.version <= stored) continue;
      db.exec('BEGIN IMMEDIATE');
      db.exec(migration.up);
      note.run(module.name, migration.version);
      db.exec('COMMIT');
    }
  }
}

/** The newest migration of a module that the file has; 0 when it has none. */
function migratedTo(db: DatabaseSync, module: string): number {
  const exists = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'").get();
  if (exists === undefined) return 0;
  return Number(db.prepare('SELECT version FROM migrations WHERE module = ?').get(module)?.['version'] ?? 0);
}

/** Moves the write-ahead log into the file and empties it. False when it could not be done whole. */
export const checkpoint = (db: DatabaseSync): boolean =>
  db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0;

const sizeInBytes = (db: DatabaseSync): number => pragma(db, 'page_count') * pragma(db, 'page_size');

export function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}
