import type { DatabaseSync } from 'node:sqlite';
import { firstSeqAt, nextSeq, timeIn } from '../seq.ts';
import { prepare } from '../statement.ts';

export type ExecutionRow = readonly [
  executionId: string,
  org: string,
  sandbox: string,
  requestId: string,
  campaignId: string,
  deadline: number,
  body: string,
  recipients: readonly string[],
];
export type StoredRow = [body: string, confirmed: number, cancelled: string | null];
type ListedRow = [seq: number, ...StoredRow];

const STORED = `executions.body,
  EXISTS (SELECT 1 FROM confirmations WHERE confirmations.execution_id = executions.execution_id) AS confirmed,
  (SELECT body FROM cancellations WHERE cancellations.execution_id = executions.execution_id) AS cancelled`;

export function executionOperations(db: DatabaseSync) {
  const insert = prepare(
    db,
    `INSERT INTO executions (execution_id, org, sandbox, request_id, campaign_id, deadline, body, seq)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ${nextSeq('executions', '?8')}) ON CONFLICT DO NOTHING`,
  );
  const addRecipient = prepare(db, 'INSERT INTO recipients VALUES (?, ?, ?, last_insert_rowid())');
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
       WHERE org = ? AND sandbox = ? ${where} AND seq >= ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
    );
  const all = listing('executions_by_tenant', '');
  const ofCampaign = listing('executions_by_campaign', 'AND campaign_id = ?');
  const ofRequest = listing('executions_by_request', 'AND request_id = ?');
  const ofBoth = listing('executions_by_request', 'AND request_id = ? AND campaign_id = ?');
  // What else is asked for is compared row by row: the executions with one recipient are few.
  const ofRecipient = prepare<ListedRow>(
    db,
    `SELECT executions.seq, ${STORED} FROM recipients JOIN executions ON executions.seq = recipients.seq
     WHERE recipients.org = ?1 AND recipients.sandbox = ?2 AND recipients.recipient = ?3
       AND recipients.seq >= ?8 AND recipients.seq < ?4
       AND (?5 IS NULL OR campaign_id = ?5) AND (?6 IS NULL OR request_id = ?6)
     ORDER BY recipients.seq DESC LIMIT ?7`,
  );
  const seqOf = prepare<[seq: number]>(db, 'SELECT seq FROM executions WHERE execution_id = ?');
  const cancel = prepare(db, 'INSERT INTO cancellations VALUES (?, ?) ON CONFLICT DO NOTHING');
  const isCancelled = prepare<[number]>(db, 'SELECT EXISTS (SELECT 1 FROM cancellations WHERE execution_id = ?)');
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
  const removeRecipients = prepare(
    db,
    `DELETE FROM recipients WHERE (org, sandbox, recipient, seq) IN (
       SELECT org, sandbox, value, seq FROM executions, json_each(body, '$.recipients') WHERE execution_id = ?)`,
  );
  const removeCancellation = prepare(db, 'DELETE FROM cancellations WHERE execution_id = ?');
  const removeConfirmation = prepare(db, 'DELETE FROM confirmations WHERE execution_id = ?');

  return {
    /** For each row: null when it was inserted, else what was there. */
    executionsInsert: (rows: readonly ExecutionRow[]): (StoredRow | null)[] =>
      rows.map(([executionId, org, sandbox, requestId, campaignId, deadline, body, recipients]) => {
        const seq = firstSeqAt(timeIn(executionId));
        if (insert.run(executionId, org, sandbox, requestId, campaignId, deadline, body, seq) === 1) {
          for (const recipient of recipients) addRecipient.run(org, sandbox, recipient);
          return null;
        }
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

    /** For each: null where there is none. */
    executionsGetMany: (query: {
      readonly org: string;
      readonly sandbox: string;
      readonly executionIds: readonly string[];
    }): (StoredRow | null)[] => query.executionIds.map((id) => byId.get(id, query.org, query.sandbox) ?? null),

    executionsCancel: (row: readonly [executionId: string, body: string]): void => {
      cancel.run(...row);
    },

    /** 1 for each that is cancelled. */
    executionsCancelled: (executionIds: readonly string[]): number[] =>
      executionIds.map((executionId) => isCancelled.get(executionId)?.[0] ?? 0),

    executionsList: (query: {
      readonly org: string;
      readonly sandbox: string;
      readonly campaignId?: string;
      readonly requestId?: string;
      readonly recipient?: string;
      readonly after?: string;
      readonly since: number;
      readonly before: number;
      readonly limit: number;
    }): ListedRow[] => {
      const { org, sandbox, campaignId, requestId, recipient, after, since, limit } = query;
      // What is out of retention by now was at its time.
      const end = after === undefined ? query.before : (seqOf.get(after)?.[0] ?? firstSeqAt(timeIn(after)));
      const before = Math.min(query.before, end);
      if (recipient !== undefined) {
        return ofRecipient.all(org, sandbox, recipient, before, campaignId ?? null, requestId ?? null, limit, since);
      }
      if (requestId !== undefined && campaignId !== undefined) {
        return ofBoth.all(org, sandbox, requestId, campaignId, since, before, limit);
      }
      if (requestId !== undefined) return ofRequest.all(org, sandbox, requestId, since, before, limit);
      if (campaignId !== undefined) return ofCampaign.all(org, sandbox, campaignId, since, before, limit);
      return all.all(org, sandbox, since, before, limit);
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
        removeRecipients.run(id);
        remove.run(id);
        removeConfirmation.run(id);
        removeCancellation.run(id);
      }
      return ids.length;
    },
  };
}
