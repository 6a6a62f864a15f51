import {
  executionIdOf,
  finalStateSchema,
  messageIdOf,
  recipientIndexOf,
  type MessageView,
  type Tenant,
} from '@herald/contracts';
import type { EndingFilter, ExecutionFilter, Page, StoredExecution, Store } from '@herald/store';
import { viewAll, viewMessages } from './history.ts';

export interface MessageQuery extends ExecutionFilter {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly executionId?: string | undefined;
  readonly state?: MessageView['state'] | undefined;
  readonly reason?: string | undefined;
}

/** What one page may look at where a filter has no index: a few tens of milliseconds. The page then ends, with a cursor. */
const EXAMINED = 2_000;
/** Executions that are read at once where most will not be shown. */
const CHUNK = 100;

/**
 * Messages, those of the newest call first and each call's in its order. How a message ended is found by the index of
 * endings; everything else by walking the executions of one tenant, campaign, request or recipient from the newest. The
 * state that is shown is the ledger's, in either case, and what is not as asked by then is left out.
 */
export function searchMessages(store: Store, tenant: Tenant, query: MessageQuery): Promise<Page<MessageView>> {
  if (query.executionId !== undefined) return ofExecution(store, tenant, query, query.executionId);
  const { state, reason, recipient, requestId } = query;
  const ended = state === undefined ? undefined : finalStateSchema.safeParse(state).data;
  const isEnding = ended !== undefined || (state === undefined && reason !== undefined);
  // The calls with one recipient or request are few: they are walked.
  return isEnding && recipient === undefined && requestId === undefined
    ? ofEndings(store, tenant, query, ended)
    : ofExecutions(store, tenant, query);
}

async function ofExecution(store: Store, tenant: Tenant, query: MessageQuery, id: string): Promise<Page<MessageView>> {
  const execution = await store.executions.get(tenant, id);
  if (execution === undefined || !isWanted(execution, query)) return { items: [] };
  const [shown] = await viewAll(store, [execution]);
  const wanted = wantedIn(execution, query);
  const items = shown?.messages.filter((view, index) => wanted(index) && matches(view, query)) ?? [];
  return { items };
}

const isWanted = ({ campaignId, requestId, acceptedAt }: StoredExecution, query: MessageQuery): boolean =>
  (query.campaignId ?? campaignId) === campaignId &&
  (query.requestId ?? requestId) === requestId &&
  (query.from ?? acceptedAt) <= acceptedAt &&
  (query.to ?? Infinity) > acceptedAt;

/** Of a call with several recipients only the one that is searched for. */
const wantedIn =
  ({ recipients }: StoredExecution, { recipient }: MessageQuery) =>
  (index: number): boolean =>
    recipient === undefined || recipients[index] === recipient;

const matches = (view: MessageView, { state, reason }: MessageQuery): boolean =>
  (state ?? view.state) === view.state && (reason ?? view.reason) === view.reason;

async function ofEndings(
  store: Store,
  tenant: Tenant,
  query: MessageQuery,
  state: EndingFilter['state'],
): Promise<Page<MessageView>> {
  const { limit, reason, campaignId, from, to } = query;
  const filter: EndingFilter = {
    ...(state === undefined ? {} : { state }),
    ...(reason === undefined ? {} : { reason }),
    ...(campaignId === undefined ? {} : { campaignId }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  const items: MessageView[] = [];
  let { cursor } = query;
  for (let examined = 0; examined < EXAMINED;) {
    const left = limit - items.length;
    const page = await store.endings.list(tenant, {
      limit: left,
      ...filter,
      ...(cursor === undefined ? {} : { cursor }),
    });
    // A later round may have ended otherwise, and an execution may be out of retention.
    for (const view of await viewMessages(store, tenant, page.items))
      if (view && matches(view, query)) items.push(view);
    examined += left;
    cursor = page.next;
    if (cursor === undefined || items.length === limit) break;
  }
  return cursor === undefined ? { items } : { items, next: cursor };
}

async function ofExecutions(store: Store, tenant: Tenant, query: MessageQuery): Promise<Page<MessageView>> {
  const { limit, campaignId, requestId, recipient, from, to } = query;
  const isFiltered = query.state !== undefined || query.reason !== undefined;
  const filter: ExecutionFilter = {
    ...(campaignId === undefined ? {} : { campaignId }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(recipient === undefined ? {} : { recipient }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  const last = query.cursor === undefined ? undefined : decode(query.cursor);
  const items: MessageView[] = [];
  let after = last && executionIdOf(last);
  let chunk =
    after === undefined ? [] : (await store.executions.getMany(tenant, [after])).filter((one) => one !== undefined);
  let examined = last;
  let budget = EXAMINED;
  for (;;) {
    const shown = await viewAll(store, chunk);
    for (const [place, execution] of chunk.entries()) {
      const wanted = wantedIn(execution, query);
      const begin =
        last !== undefined && execution.executionId === executionIdOf(last) ? recipientIndexOf(last) + 1 : 0;
      for (const [index, view] of shown[place]?.messages.entries() ?? []) {
        if (index < begin || !wanted(index)) continue;
        // One more than the page holds says whether there is another page.
        if (items.length === limit && matches(view, query))
          return { items, next: encode(items.at(-1)?.messageId ?? '') };
        if (matches(view, query)) items.push(view);
      }
      examined = messageIdOf(execution.executionId, execution.recipients.length - 1);
      budget -= execution.recipients.length;
    }
    if (isFiltered && budget <= 0 && examined !== undefined) return { items, next: encode(examined) };
    const size = isFiltered ? CHUNK : limit + 1 - items.length;
    const next = await store.executions.list(tenant, {
      limit: size,
      ...filter,
      ...(after === undefined ? {} : { after }),
    });
    if (next.items.length === 0) return { items };
    chunk = [...next.items];
    after = chunk.at(-1)?.executionId;
  }
}

/** The last message that was looked at. */
const encode = (messageId: string): string => Buffer.from(`after ${messageId}`).toString('base64url');

function decode(cursor: string): string {
  const messageId = /^after ([A-Z]{4}-[\w-]{1,60}\.\d{1,4})$/.exec(
    Buffer.from(cursor, 'base64url').toString('latin1'),
  )?.[1];
  if (messageId === undefined || encode(messageId) !== cursor) throw new RangeError('cursor');
  return messageId;
}
