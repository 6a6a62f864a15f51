import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openSync, closeSync, statSync, writeSync } from 'node:fs';
import { openDatabase } from './index.ts';
import { createWorkplace, notesModule, type Workplace } from './testing/workplace.ts';

let place: Workplace;
beforeEach(() => {
  place = createWorkplace();
});
afterEach(() => place.dispose());

test('calls that arrive while a transaction is under way share the next one', async () => {
  const database = await place.open();
  const before = await database.stats();
  await Promise.all(
    Array.from({ length: 20 }, async (_, writer) => {
      for (let round = 0; round < 50; round += 1) await database.call('notes.add', `${writer} ${round}`);
    }),
  );
  const after = await database.stats();
  expect(after.calls - before.calls).toBeGreaterThanOrEqual(1_000);
  expect(after.commits - before.commits).toBeLessThanOrEqual(200);
  expect(await database.call('notes.bodies', null)).toHaveLength(1_000);
});

test('a group that only reads commits nothing', async () => {
  const database = await place.open();
  const before = await database.stats();
  await Promise.all([database.call('notes.bodies', null), database.call('notes.bodies', null)]);
  expect((await database.stats()).commits).toBe(before.commits);
});

test('the connection reports full synchronisation and a write-ahead log', async () => {
  const database = await place.open();
  expect(await database.stats()).toMatchObject({ synchronous: 2, journalMode: 'wal' });
});

test('calls keep their order', async () => {
  const database = await place.open();
  const bodies = Array.from({ length: 200 }, (_, index) => String(index));
  await Promise.all(bodies.map((body) => database.call('notes.add', body)));
  expect(await database.call('notes.bodies', null)).toEqual(bodies);
});

test('a call that fails leaves nothing behind and its neighbours alone', async () => {
  const database = await place.open();
  const outcomes = await Promise.allSettled([
    database.call('notes.add', 'first'),
    database.call('notes.addThenThrow', 'undone'),
    database.call('notes.add', undefined),
    database.call('notes.add', () => 'cannot be copied to a thread'),
    database.call('notes.unheardOf', null),
    database.call('notes.add', 'last'),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'rejected',
    'rejected',
    'rejected',
    'fulfilled',
  ]);
  expect(await database.call('notes.bodies', null)).toEqual(['first', 'last']);
});

test('without room a call throws `full`, what fits is stored all the same, and room makes it work again', async () => {
  const database = await place.open({ maxBytes: 512 * 1024 });
  const big = 'x'.repeat(100_000);
  const stored: string[] = [];
  const fill = async (): Promise<unknown> => {
    for (let index = 0; ; index += 1) {
      const body = `${index}${big}`;
      try {
        await database.call('notes.add', body);
      } catch (error) {
        return error;
      }
      stored.push(body);
    }
  };
  expect(await fill()).toMatchObject({ name: 'Outage', code: 'full' });

  const [small, large, read] = await Promise.allSettled([
    database.call('notes.add', 'small'),
    database.call('notes.add', big),
    database.call('notes.bodies', null),
  ]);
  expect(small.status).toBe('fulfilled');
  expect(large).toMatchObject({ status: 'rejected', reason: { code: 'full' } });
  expect(read).toMatchObject({ status: 'fulfilled', value: [...stored, 'small'] });

  await database.call('notes.clear', null);
  await database.call('notes.add', big);
  expect(await database.call('notes.bodies', null)).toEqual([big]);
  expect(statSync(place.file).size).toBeLessThanOrEqual(512 * 1024);
});

test('when the thread dies, everybody who waits is told, and so is the process', async () => {
  const database = await place.open();
  const outcomes = await Promise.allSettled([
    database.call('notes.add', 'never answered'),
    database.call('notes.die', null),
  ]);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'Outage', code: 'unavailable' } });
  }
  await expect(database.call('notes.bodies', null)).rejects.toMatchObject({ code: 'unavailable' });
  expect(await database.failed).toBeInstanceOf(Error);
  await database.close();

  const again = await place.open();
  expect(await again.call('notes.bodies', null)).toEqual([]);
});

test('damage that shows while the file is open ends the thread', async () => {
  const first = await place.open();
  for (let index = 0; index < 20; index += 1) await first.call('notes.add', 'x'.repeat(2_000));
  await first.close();
  const database = await place.open();
  const pages = openSync(place.file, 'r+');
  // Beyond the first pages, which the connection has read already.
  for (let page = 3; page < statSync(place.file).size / 4096; page += 1) {
    writeSync(pages, Buffer.alloc(4096, 0xff), 0, 4096, page * 4096);
  }
  closeSync(pages);
  await expect(database.call('notes.bodies', null)).rejects.toMatchObject({ name: 'Outage', code: 'unavailable' });
  expect((await database.failed).message).toMatch(/malformed/);
});

test('a close that comes right after an answer is asked of the thread once, and is no failure', async () => {
  const database = await place.open();
  let failed = false;
  void database.failed.then(() => (failed = true));
  await database.call('notes.add', 'last words');
  await database.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(failed).toBe(false);
  const again = await place.open();
  expect(await again.call('notes.bodies', null)).toEqual(['last words']);
});

test('closing finishes what was called, happens once, and later calls are refused', async () => {
  const database = await place.open();
  const called = Promise.all([database.call('notes.add', 'a'), database.call('notes.add', 'b')]);
  await Promise.all([database.close(), database.close()]);
  await called;
  await database.close();
  await expect(database.call('notes.bodies', null)).rejects.toMatchObject({ name: 'Outage', code: 'closed' });
  const again = await place.open();
  expect(await again.call('notes.bodies', null)).toEqual(['a', 'b']);
});

test('copies made while it is written to are each whole, at one moment, and are databases of their own', async () => {
  const database = await place.open();
  let going = true;
  let written = 0;
  const load = (async () => {
    while (going) {
      await Promise.all(Array.from({ length: 20 }, () => database.call('notes.add', `note ${'x'.repeat(2_000)}`)));
      written += 20;
    }
  })();
  const copies: { file: string; before: number }[] = [];
  for (let n = 0; n < 20; n += 1) {
    const copy = { file: `${place.file}.copy-${n}`, before: written };
    await database.backup(copy.file);
    copies.push(copy);
  }
  going = false;
  await load;
  await expect(database.backup(copies[0]?.file ?? '')).rejects.toThrow(/the backup failed/);
  for (const { file, before } of copies) {
    const copy = await openDatabase({ file, modules: [notesModule] });
    const bodies = await copy.call('notes.bodies', null);
    expect((bodies as string[]).length).toBeGreaterThanOrEqual(before);
    await copy.close();
  }
  expect(await database.call('notes.bodies', null)).toHaveLength(written);
});
