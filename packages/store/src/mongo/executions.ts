import { Outage, type Tenant } from '@herald/contracts';
import type { Model, QueryFilter } from 'mongoose';
import { fromJson } from '../json.ts';
import type { Cancellation, ExecutionFilter, ExecutionRecord, ExecutionRepository, StoredExecution } from '../port.ts';
import { idsBefore } from '../retention.ts';
import { idOf, idsUnder } from './ids.ts';
import { driverOf, insertOnce, type Unique } from './insert-once.ts';
import type { BodyDocument, ExecutionDocument, Models, SettingDocument } from './models.ts';
import { newestFirst, readSlice, toPage } from './paging.ts';

const SWEPT = 'swept';

/**
 * An execution's `_id` is the request that made it, so that whoever repeats the request finds it, on whichever shard.
 * That it is confirmed is a document of its own: an insert is several times cheaper than an update.
 */
export function createExecutions(models: Models): ExecutionRepository {
  const { executions, confirmations, cancellations, settings } = models;

  /** Reads these documents with what stands of each elsewhere. */
  async function readerOf(
    documents: readonly ExecutionDocument[],
  ): Promise<(document: ExecutionDocument) => StoredExecution> {
    const ids = documents.map(({ executionId }) => executionId);
    const [confirmed, marks] = await Promise.all([
      idsAmong(confirmations, ids),
      ids.length === 0 ? [] : cancellations.find({ _id: { $in: ids } }).lean<BodyDocument[]>(),
    ]);
    const isConfirmed = new Set(confirmed);
    const cancelled = new Map(marks.map(({ _id, body }) => [_id, fromJson<Cancellation>(body)]));
    return ({ executionId, body }) => {
      const mark = cancelled.get(executionId);
      return {
        ...fromJson<ExecutionRecord>(body),
        confirmed: isConfirmed.has(executionId),
        ...(mark === undefined ? {} : { cancelled: mark }),
      };
    };
  }

  async function stored(document: ExecutionDocument | null): Promise<StoredExecution | undefined> {
    return document === null ? undefined : (await readerOf([document]))(document);
  }

  const overdue = (where: QueryFilter<ExecutionDocument>, limit: number) =>
    executions.find(where, null, { sort: { deadline: 1, executionId: 1 }, limit }).lean<ExecutionDocument[]>();

  return {
    insert: async (records) => {
      const documents = records.map(toDocument);
      const inserted = await insertOnce(executions, documents);
      const lost = documents.filter((_, place) => !inserted[place]).map(({ _id }) => _id);
      const others = lost.length === 0 ? [] : await executions.find({ _id: { $in: lost } }).lean<ExecutionDocument[]>();
      const read = await readerOf(others);
      const byRequest = new Map(others.map((document) => [document._id, document]));
      return documents.map(({ _id }, place) => {
        if (inserted[place]) return { inserted: true };
        const other = byRequest.get(_id);
        if (other === undefined) throw new Outage('unavailable', 'an execution was deleted while it was asked for');
        return { inserted: false, stored: read(other) };
      });
    },
    confirm: async (executionIds) => {
      await insertOnce(
        confirmations,
        executionIds.map((_id) => ({ _id })),
      );
    },
    findByRequest: async (tenant, campaignId, requestId) =>
      stored(await executions.findById(requestKey(tenant, requestId, campaignId)).lean<ExecutionDocument>()),
    get: async (tenant, executionId) =>
      stored(await executions.findOne({ tenant: idOf(tenant), executionId }).lean<ExecutionDocument>()),
    getMany: async (tenant, executionIds) => {
      if (executionIds.length === 0) return [];
      const where = { tenant: idOf(tenant), executionId: { $in: [...executionIds] } };
      const found = await executions.find(where).lean<ExecutionDocument[]>();
      const read = await readerOf(found);
      const byId = new Map(found.map((document) => [document.executionId, document]));
      return executionIds.map((id) => {
        const document = byId.get(id);
        return document && read(document);
      });
    },
    list: async (tenant, { cursor, limit, ...filter }) => {
      const slice = newestFirst('executionId', { limit, ...(cursor === undefined ? {} : { cursor }) });
      const { where, index } = filterOf(tenant, filter);
      const found = await readSlice(executions, where, slice, index);
      return toPage(found, slice, await readerOf(found));
    },
    cancel: async (executionId, cancellation) => {
      await insertOnce(cancellations, [{ _id: executionId, body: JSON.stringify(cancellation) }]);
    },
    cancelled: async (executionIds) => {
      const marked = new Set(await idsAmong(cancellations, executionIds));
      return executionIds.map((executionId) => marked.has(executionId));
    },
    overdue: async ({ after, before, limit }) => {
      // What is left of the deadline that was reached, then later ones: each is one range of an index, in order.
      const rest =
        after === undefined || after.deadline >= before
          ? []
          : await overdue({ deadline: after.deadline, executionId: { $gt: after.executionId } }, limit);
      const later = { ...(after === undefined ? {} : { $gt: after.deadline }), $lt: before };
      const found = rest.length === limit ? rest : rest.concat(await overdue({ deadline: later }, limit - rest.length));
      return found.map(await readerOf(found));
    },
    sweptTo: async () => {
      const mark = await settings.findById(SWEPT).lean<SettingDocument>();
      const { deadline, executionId } = mark ?? {};
      return deadline === undefined || executionId === undefined ? undefined : { deadline, executionId };
    },
    markSwept: async ({ deadline, executionId }) => {
      await settings.updateOne({ _id: SWEPT }, { $set: { deadline, executionId } }, { upsert: true });
    },
  };
}

const requestKey = (tenant: Tenant, requestId: string, campaignId: string): string =>
  idOf(tenant, requestId, campaignId);

const toDocument = (record: ExecutionRecord): ExecutionDocument => ({
  _id: requestKey(record, record.requestId, record.campaignId),
  executionId: record.executionId,
  tenant: idOf(record),
  campaign: idOf(record, record.campaignId),
  recipients: [...new Set(record.recipients)].map((recipient) => idOf(record, recipient)),
  deadline: record.deadline,
  body: JSON.stringify(record),
});

async function idsAmong<T extends Unique>(model: Model<T>, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const found = await driverOf(model)
    .find<Unique>({ _id: { $in: [...ids] } }, { projection: { _id: 1 } })
    .toArray();
  return found.map(({ _id }) => _id);
}

/**
 * What is listed, and the index to walk: a planner might rather walk all of a tenant's than sort the few of one request.
 * What else is asked for is compared one by one: executions of one request or recipient are few.
 */
function filterOf(tenant: Tenant, { campaignId, requestId, recipient, from, to, after }: ExecutionFilter) {
  const since = from === undefined ? {} : { $gte: idsBefore(from).to };
  const ends = [after, to === undefined ? undefined : idsBefore(to).to].filter((end) => end !== undefined);
  const before = ends.length === 0 ? {} : { $lt: ends.toSorted()[0] };
  const bounds = { ...since, ...before };
  // Beside the cursor, which is a bound of the same field.
  const time = Object.keys(bounds).length === 0 ? {} : { $and: [{ executionId: bounds }] };
  const campaign = campaignId === undefined ? {} : { campaign: idOf(tenant, campaignId) };
  const request = requestId === undefined ? {} : { _id: idsUnder(tenant, requestId) };
  const where = { tenant: idOf(tenant), ...campaign, ...request, ...time };
  if (recipient !== undefined)
    return {
      where: { ...where, recipients: idOf(tenant, recipient) },
      index: { recipients: 1, executionId: 1 },
    } as const;
  if (requestId !== undefined) return { where, index: { _id: 1 } } as const;
  if (campaignId !== undefined) return { where, index: { campaign: 1, executionId: 1 } } as const;
  return { where, index: { tenant: 1, executionId: 1 } } as const;
}
