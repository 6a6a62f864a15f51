import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { migrations } from './migrations.ts';

test('profiles that were there before they were counted are counted', () => {
  const db = new DatabaseSync(':memory:');
  const [first, ...later] = migrations;
  db.exec(first?.up ?? '');
  const insert = db.prepare(
    "INSERT INTO profiles (org, sandbox, id, dataset, body, attributes) VALUES (?, 'prod', ?, ?, '{}', '{}')",
  );
  for (const [org, id, dataset] of [
    ['one', 'a', null],
    ['one', 'b', 'created'],
    ['one', 'c', 'created'],
    ['two', 'a', null],
  ])
    insert.run(org ?? null, id ?? null, dataset ?? null);
  for (const { up } of later) db.exec(up);
  insert.run('two', 'b', null);
  db.exec("DELETE FROM profiles WHERE org = 'one' AND id = 'c'");
  expect(
    db
      .prepare('SELECT org, dataset, profiles FROM profile_counts')
      .all()
      .map((row) => Object.values(row)),
  ).toEqual([
    ['one', '', 1],
    ['one', 'created', 1],
    ['two', '', 2],
  ]);
  db.close();
});
