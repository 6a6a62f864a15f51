import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

export type TallyRow = [
  window: number,
  org: string,
  sandbox: string,
  campaignId: string,
  provider: string,
  sent: number,
  refused: number,
  unclear: number,
];

export function tallyOperations(db: DatabaseSync) {
  const add = prepare(
    db,
    `INSERT INTO tallies (window, org, sandbox, campaign_id, provider, sent, refused, unclear)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET sent = sent + excluded.sent, refused = refused + excluded.refused,
       unclear = unclear + excluded.unclear`,
  );
  const since = prepare<TallyRow>(
    db,
    'SELECT window, org, sandbox, campaign_id, provider, sent, refused, unclear FROM tallies WHERE window >= ?',
  );
  const drop = prepare(db, 'DELETE FROM tallies WHERE window < ?');
  return {
    talliesAdd: (rows: readonly TallyRow[]): void => {
      for (const row of rows) add.run(...row);
    },
    talliesSince: (from: number): TallyRow[] => since.all(from),
    talliesDrop: (before: number): void => {
      drop.run(before);
    },
  };
}
