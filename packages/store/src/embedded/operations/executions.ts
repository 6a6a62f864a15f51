import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

export type ExecutionRow = readonly [
  executionId: string,
  org: string,
  sandbox: string,
  requestId: string,
  campaignId: string,
  deadline: number,
  body: string,
];
export type StoredRow = [body: string, confirmed: number];
type ListedRow = [seq: number, body: string, confirmed: number];

const STORED =
  'body, EXISTS (SELECT 1 FROM confirmations WHERE confirmations.execution_id = executions.execution_id) AS confirmed';

export function executionOperations(db: DatabaseSync) {
  const insert = prepare(
    db,
    `INSERT INTO executions (execution_id, org, sandbox, request_id, campaign_id, deadline, body)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const confirm = prepare(db, 'INSERT INTO confirmations VALUES (?) ON CONFLICT DO NOTHING');
  const byRequest = prepare<StoredRow>(
    db,
    `SELECT ${STORED} FROM executions WHERE org = ? AND sandbox = ? AND request_id = ? AND campaign_id = ?`,
  );
  const byId = prepare<StoredRow>(
    db,
    `SELECT ${STORED} FROM executions WHERE execution_id = ? AND org = ? AND sandbox = ?`,
  );
  // SQLite would rather walk all of a tenant's executions than sort the few of one request.
  const listing = (index: string, where: string) =>
    prepare<ListedRow>(
      db,
      `SELECT seq, ${STORED} FROM executions INDEXED BY ${index}
       WHERE org = ? AND sandbox = ? ${where} AND seq < ? ORDER BY seq DESC LIMIT ?`,
    );
  const all = listing('executions_by_tenant', '');
  const ofCampaign = listing('executions_by_campaign', 'AND campaign_id = ?');
  const ofRequest = listing('executions_by_request', 'AND request_id = ?');
  const ofBoth = listing('executions_by_request', 'AND request_id = ? AND campaign_id = ?');
  const overdue = prepare<StoredRow>(
    db,
    `SELECT ${STORED} FROM executions WHERE (deadline, execution_id) > (?, ?) AND deadline < ?
     ORDER BY deadline, execution_id LIMIT ?`,
  );
  const sweptTo = prepare<[deadline: number, executionId: string]>(db, 'SELECT deadline, execution_id FROM sweep_mark');
  const markSwept = prepare(db, 'INSERT OR REPLACE INTO sweep_mark VALUES (1, ?, ?)');
  const removable = prepare<[executionId: string]>(
    db,
    'SELECT execution_id FROM executions WHERE execution_id >= ? AND execution_id < ? ORDER BY execution_id LIMIT ?',
  );
  const remove = prepare(db, 'DELETE FROM executions WHERE execution_id = ?');
  const removeConfirmation = prepare(db, 'DELETE FROM confirmations WHERE execution_id = ?');

  return {
    /** For each row: null when it was inserted, else what was there. */
    executionsInsert: (rows: readonly ExecutionRow[]): (StoredRow | null)[] =>
      rows.map((row) => {
        if (insert.run(...row) === 1) return null;
        const [, org, sandbox, requestId, campaignId] = row;
        const stored = byRequest.get(org, sandbox, requestId, campaignId);
        if (stored === undefined) throw new Error('the executionId belongs to another request');
        return stored;
      }),

    executionsConfirm: (executionIds: readonly string[]): void => {
      for (const executionId of executionIds) confirm.run(executionId);
    },

    executionsByRequest: (key: readonly [org: string, sandbox: string, requestId: string, campaignId: string]) =>
      byRequest.get(...key),

    executionsGet: (key: readonly [executionId: string, org: string, sandbox: string]) => byId.get(...key),

    executionsList: (query: {
      readonly org: string;
      readonly sandbox: string;
      readonly campaignId?: string;
      readonly requestId?: string;
      readonly before: number;
      readonly limit: number;
    }): ListedRow[] => {
      const { org, sandbox, campaignId, requestId, before, limit } = query;
      if (requestId !== undefined && campaignId !== undefined) {
        return ofBoth.all(org, sandbox, requestId, campaignId, before, limit);
      }
      if (requestId !== undefined) return ofRequest.all(org, sandbox, requestId, before, limit);
      if (campaignId !== undefined) return ofCampaign.all(org, sandbox, campaignId, before, limit);
      return all.all(org, sandbox, before, limit);
    },

    executionsOverdue: (query: {
      readonly afterDeadline: number;
      readonly afterId: string;
      readonly before: number;
      readonly limit: number;
    }) => overdue.all(query.afterDeadline, query.afterId, query.before, query.limit),

    executionsSweptTo: () => sweptTo.get(),

    executionsMarkSwept: (mark: readonly [deadline: number, executionId: string]): void => {
      markSwept.run(...mark);
    },

    /** Returns how many were deleted. */
    executionsPrune: ({ from, to, limit }: { readonly from: string; readonly to: string; readonly limit: number }) => {
      const ids = removable.all(from, to, limit);
      for (const [id] of ids) {
        remove.run(id);
        removeConfirmation.run(id);
      }
      return ids.length;
    },
  };
}
