import type { Tenant } from '@herald/contracts';
import type { Cancellation, ExecutionRecord, ExecutionRepository, StoredExecution } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import type { ExecutionRow, StoredRow } from './operations/executions.ts';
import { newestFirst, toPage } from './paging.ts';
import { firstSeqAt } from './seq.ts';

export function createExecutions(call: Call): ExecutionRepository {
  return {
    insert: async (records) => {
      if (records.length === 0) return [];
      const answers = await call('executionsInsert', records.map(toRow));
      return answers.map((row) =>
        row === null ? { inserted: true as const } : { inserted: false as const, stored: toStored(row) },
      );
    },
    confirm: async (executionIds) => {
      if (executionIds.length > 0) await call('executionsConfirm', executionIds);
    },
    findByRequest: async ({ org, sandbox }, campaignId, requestId) => {
      const row = await call('executionsByRequest', [org, sandbox, requestId, campaignId]);
      return row && toStored(row);
    },
    get: async ({ org, sandbox }: Tenant, executionId) => {
      const row = await call('executionsGet', [executionId, org, sandbox]);
      return row && toStored(row);
    },
    getMany: async ({ org, sandbox }, executionIds) => {
      if (executionIds.length === 0) return [];
      const rows = await call('executionsGetMany', { org, sandbox, executionIds });
      return rows.map((row) => (row === null ? undefined : toStored(row)));
    },
    list: async ({ org, sandbox }, { campaignId, requestId, recipient, from, to, after, ...request }) => {
      const slice = newestFirst(request);
      const rows = await call('executionsList', {
        org,
        sandbox,
        ...(campaignId === undefined ? {} : { campaignId }),
        ...(requestId === undefined ? {} : { requestId }),
        ...(recipient === undefined ? {} : { recipient }),
        ...(after === undefined ? {} : { after }),
        since: from === undefined ? 0 : firstSeqAt(from),
        before: to === undefined ? slice.from : Math.min(slice.from, firstSeqAt(to)),
        limit: slice.limit,
      });
      return toPage(rows, slice, ([, ...row]) => toStored(row));
    },
    cancel: (executionId, cancellation) => call('executionsCancel', [executionId, JSON.stringify(cancellation)]),
    cancelled: async (executionIds) => {
      if (executionIds.length === 0) return [];
      return (await call('executionsCancelled', executionIds)).map((found) => found === 1);
    },
    overdue: async ({ after, before, limit }) => {
      const rows = await call('executionsOverdue', {
        afterDeadline: after?.deadline ?? Number.MIN_SAFE_INTEGER,
        afterId: after?.executionId ?? '',
        before,
        limit,
      });
      return rows.map(toStored);
    },
    sweptTo: async () => {
      const row = await call('executionsSweptTo');
      return row && { deadline: row[0], executionId: row[1] };
    },
    markSwept: ({ deadline, executionId }) => call('executionsMarkSwept', [deadline, executionId]),
  };
}

const toRow = (record: ExecutionRecord): ExecutionRow => [
  record.executionId,
  record.org,
  record.sandbox,
  record.requestId,
  record.campaignId,
  record.deadline,
  JSON.stringify(record),
  [...new Set(record.recipients)],
];

const toStored = ([body, confirmed, cancelled]: StoredRow): StoredExecution => ({
  ...fromJson<ExecutionRecord>(body),
  confirmed: confirmed === 1,
  ...(cancelled === null ? {} : { cancelled: fromJson<Cancellation>(cancelled) }),
});
