import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

export type FixtureOwner = readonly [org: string, sandbox: string, campaignId: string];
export type FixtureKey = readonly [...FixtureOwner, name: string];
export interface FixtureWrite {
  readonly key: FixtureKey;
  readonly summary: string;
  readonly request: string;
  readonly most: number;
}

export function fixtureOperations(db: DatabaseSync) {
  const owner = 'org = ? AND sandbox = ? AND campaign_id = ?';
  const others = prepare<[number]>(db, `SELECT count(*) FROM fixtures WHERE ${owner} AND name <> ?`);
  const put = prepare(
    db,
    `INSERT INTO fixtures (org, sandbox, campaign_id, name, summary, request) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET summary = excluded.summary, request = excluded.request`,
  );
  const get = prepare<[summary: string, request: string]>(
    db,
    `SELECT summary, request FROM fixtures WHERE ${owner} AND name = ?`,
  );
  const list = prepare<[summary: string]>(db, `SELECT summary FROM fixtures WHERE ${owner} ORDER BY name`);
  const remove = prepare(db, `DELETE FROM fixtures WHERE ${owner} AND name = ?`);
  return {
    fixturesPut: ({ key, summary, request, most }: FixtureWrite): 'written' | 'full' => {
      if ((others.get(...key)?.[0] ?? 0) >= most) return 'full';
      put.run(...key, summary, request);
      return 'written';
    },
    fixturesGet: (key: FixtureKey) => get.get(...key),
    fixturesList: (of: FixtureOwner) => list.all(...of),
    fixturesRemove: (key: FixtureKey): boolean => remove.run(...key) === 1,
  };
}
