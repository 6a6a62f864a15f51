import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { createWorkplace, laterNotesModule, type Workplace } from './testing/workplace.ts';

let place: Workplace;
beforeEach(() => {
  place = createWorkplace();
});
afterEach(() => place.dispose());

/** Some pages of notes, closed. */
async function filled(module?: URL): Promise<void> {
  const database = await place.open(module === undefined ? {} : { module });
  for (let index = 0; index < 20; index += 1) await database.call('notes.add', 'x'.repeat(2_000));
  await database.close();
}

async function expectRefused(code: string): Promise<void> {
  const before = readFileSync(place.file);
  await expect(place.open()).rejects.toMatchObject({ name: 'OpenError', code });
  await expect(place.open()).rejects.toThrow(place.file);
  expect(readFileSync(place.file).equals(before)).toBe(true);
}

describe('a file that is refused stays as it is', () => {
  test('not a database', async () => {
    writeFileSync(place.file, 'name,amount\n'.repeat(1_000));
    await expectRefused('foreign');
  });

  test('shorter than any header', async () => {
    writeFileSync(place.file, 'x');
    await expectRefused('foreign');
  });

  test('the database of another program', async () => {
    const other = new DatabaseSync(place.file);
    other.exec('PRAGMA journal_mode = WAL; CREATE TABLE theirs (id INTEGER)');
    other.close();
    await expectRefused('foreign');
  });

  test('pages overwritten', async () => {
    await filled();
    const bytes = readFileSync(place.file);
    bytes.fill(0xff, 3 * 4096, 6 * 4096);
    writeFileSync(place.file, bytes);
    await expectRefused('corrupt');
  });

  test('cut short', async () => {
    await filled();
    truncateSync(place.file, 3 * 4096 + 100);
    await expectRefused('corrupt');
  });

  test('a migration that this release does not know', async () => {
    await filled(laterNotesModule);
    await expectRefused('newer');
  });

  test('a layout that this release does not know', async () => {
    await filled();
    const bytes = readFileSync(place.file);
    bytes.writeUInt32BE(1_000, 60);
    writeFileSync(place.file, bytes);
    await expectRefused('newer');
  });

  test('open in this process', async () => {
    const database = await place.open();
    await expectRefused('in-use');
    expect(await database.call('notes.add', 'still mine')).toBe(1);
  });

  test('a directory that does not exist', async () => {
    const missing = place.file.replace('notes.db', 'missing/notes.db');
    const { openDatabase } = await import('./index.ts');
    await expect(openDatabase({ file: missing, modules: [] })).rejects.toMatchObject({ code: 'unwritable' });
  });
});

test('a second opening in this process does not cost the first one its lock', async () => {
  await place.open();
  await expect(place.open()).rejects.toMatchObject({ code: 'in-use' });
  const writer = place.write(1);
  await writer.exited;
  expect(writer.lines).toEqual(['refused: in-use']);
});

test('a file open in another process is refused until that one is gone', async () => {
  const writer = place.write();
  await writer.printed(1);
  await expect(place.open()).rejects.toMatchObject({ code: 'in-use' });
  await writer.printed(writer.lines.length + 20);
  await writer.kill();
  const database = await place.open();
  expect(await database.call('notes.bodies', null)).not.toHaveLength(0);
});

test('a later release migrates the file once, and keeps what is in it', async () => {
  await filled();
  for (let time = 0; time < 2; time += 1) {
    const database = await place.open({ module: laterNotesModule });
    expect(await database.call('notes.bodies', null)).toHaveLength(20);
    await database.close();
  }
});

test('what was left half written by a killed process opens again', async () => {
  const writer = place.write();
  await writer.printed(50);
  await writer.kill();
  const first = await place.open();
  const bodies = await first.call('notes.bodies', null);
  await first.close();
  const second = await place.open();
  expect(await second.call('notes.bodies', null)).toEqual(bodies);
});
