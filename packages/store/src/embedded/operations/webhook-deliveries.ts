import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

export type DeliveryRowKey = readonly [org: string, sandbox: string, webhookId: string, id: string];
export interface DeliveryWrite {
  readonly key: DeliveryRowKey;
  readonly revision: number;
  readonly state: string;
  readonly at: number;
  readonly body: string;
}

export function webhookDeliveryOperations(db: DatabaseSync) {
  const owned = 'org = ? AND sandbox = ? AND webhook_id = ?';
  const insert = prepare(
    db,
    `INSERT INTO webhook_deliveries (org, sandbox, webhook_id, id, revision, state, at, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const get = prepare<[body: string]>(db, `SELECT body FROM webhook_deliveries WHERE ${owned} AND id = ?`);
  const listed = (where: string) =>
    prepare<[seq: number, body: string]>(
      db,
      `SELECT seq, body FROM webhook_deliveries WHERE ${owned} ${where} AND seq < ? ORDER BY seq DESC LIMIT ?`,
    );
  const all = listed('');
  const ofState = listed('AND state = ?');
  const replace = prepare(
    db,
    `UPDATE webhook_deliveries SET revision = ?, state = ?, body = ? WHERE ${owned} AND id = ? AND revision = ?`,
  );
  const remove = prepare(
    db,
    'DELETE FROM webhook_deliveries WHERE seq IN (SELECT seq FROM webhook_deliveries WHERE at < ? LIMIT ?)',
  );
  return {
    webhookDeliveriesInsert: (rows: readonly DeliveryWrite[]): void => {
      for (const { key, revision, state, at, body } of rows) insert.run(...key, revision, state, at, body);
    },
    webhookDeliveriesGet: (keys: readonly DeliveryRowKey[]): (string | undefined)[] =>
      keys.map((key) => get.get(...key)?.[0]),
    webhookDeliveriesList: ([owner, state, from, limit]: readonly [
      owner: readonly [org: string, sandbox: string, webhookId: string],
      state: string | null,
      from: number,
      limit: number,
    ]) => (state === null ? all.all(...owner, from, limit) : ofState.all(...owner, state, from, limit)),
    webhookDeliveriesReplace: (rows: readonly DeliveryWrite[]): boolean[] =>
      rows.map(({ key, revision, state, body }) => replace.run(revision, state, body, ...key, revision - 1) === 1),
    /** Returns how many were deleted. */
    webhookDeliveriesPrune: ({ before, limit }: { readonly before: number; readonly limit: number }) =>
      remove.run(before, limit),
  };
}
