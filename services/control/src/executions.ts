import { executionIdOf, messageIdOf, recipientIndexOf, type MessageView, type Tenant } from '@herald/contracts';
import type { ExecutionFilter, Page, StoredExecution, Store } from '@herald/store';
import type { Router } from 'express';
import { z } from 'zod';
import {
  accepted,
  pageOf,
  pageQuery,
  param,
  sendMissing,
  sendPage,
  tenantOf,
  type ControlDeps,
  type Guards,
} from './rest.ts';
import { viewExecution, viewMessage } from './views.ts';

const id = z.string().min(1).max(200).optional();
const executionsQuery = pageQuery.extend({ campaignId: id, requestId: id });
const messagesQuery = executionsQuery.extend({ executionId: id });

export function routeExecutions(router: Router, { store }: ControlDeps, guards: Guards): void {
  router.get('/v1/executions', ...guards.read, async (request, response) => {
    const query = accepted(response, executionsQuery, request.query);
    if (query === undefined) return;
    await sendPage(response, async () => {
      const page = await store.executions.list(tenantOf(response), { ...pageOf(query), ...filterOf(query) });
      return { ...page, items: await viewAll(store, page.items) };
    });
  });

  router.get('/v1/executions/:id', ...guards.read, async (request, response) => {
    const execution = await store.executions.get(tenantOf(response), param(request, 'id'));
    if (execution === undefined) sendMissing(response, 'execution');
    else response.json((await viewAll(store, [execution]))[0]);
  });

  router.get('/v1/messages', ...guards.read, async (request, response) => {
    const query = accepted(response, messagesQuery, request.query);
    if (query !== undefined) await sendPage(response, () => listMessages(store, tenantOf(response), query));
  });

  router.get('/v1/messages/:id', ...guards.read, async (request, response) => {
    const messageId = param(request, 'id');
    const executionId = executionIdOf(messageId);
    const index = recipientIndexOf(messageId);
    const execution = await store.executions.get(tenantOf(response), executionId);
    const exists = execution !== undefined && index < execution.recipients.length;
    if (!exists || messageIdOf(executionId, index) !== messageId) {
      sendMissing(response, 'message');
      return;
    }
    const [attempts = []] = await store.ledger.messages([messageId]);
    response.json(viewMessage(execution, index, attempts));
  });
}

const filterOf = ({ campaignId, requestId }: z.output<typeof executionsQuery>): ExecutionFilter => ({
  ...(campaignId === undefined ? {} : { campaignId }),
  ...(requestId === undefined ? {} : { requestId }),
});

/** The views of many executions for one read of the ledger. */
async function viewAll(
  store: Store,
  executions: readonly StoredExecution[],
): Promise<ReturnType<typeof viewExecution>[]> {
  const ids = executions.flatMap(({ executionId, recipients }) =>
    recipients.map((_, index) => messageIdOf(executionId, index)),
  );
  const ledger = await store.ledger.messages(ids);
  let at = 0;
  return executions.map((execution) => {
    const from = at;
    at += execution.recipients.length;
    return viewExecution(execution, ledger.slice(from, at));
  });
}

/** Messages of the newest execution first, each execution's in the order of its call. */
async function listMessages(
  store: Store,
  tenant: Tenant,
  query: z.output<typeof messagesQuery>,
): Promise<Page<MessageView>> {
  const { limit, cursor, executionId } = query;
  const filter = filterOf(query);
  if (executionId !== undefined) {
    const execution = await store.executions.get(tenant, executionId);
    const wanted =
      execution !== undefined &&
      (query.campaignId ?? execution.campaignId) === execution.campaignId &&
      (query.requestId ?? execution.requestId) === execution.requestId;
    return { items: wanted ? (await viewAll(store, [execution])).flatMap(({ messages }) => messages) : [] };
  }
  const { inner, skip } = cursor === undefined ? { inner: undefined, skip: 0 } : decode(cursor);
  const from = inner === undefined ? {} : { cursor: inner };
  const page = await store.executions.list(tenant, { limit, ...from, ...filter });

  let room = limit + skip;
  const shown: StoredExecution[] = [];
  for (const execution of page.items) {
    if (room <= 0) break;
    shown.push(execution);
    room -= execution.recipients.length;
  }
  const messages = (await viewAll(store, shown)).flatMap((execution) => execution.messages);
  const items = messages.slice(skip, skip + limit);

  // A page may end inside an execution: the next one begins at that execution and skips what was shown.
  const whole = room < 0 ? shown.length - 1 : shown.length;
  if (whole === page.items.length) return page.next === undefined ? { items } : { items, next: encode(page.next, 0) };
  const before = whole === 0 ? undefined : await store.executions.list(tenant, { limit: whole, ...from, ...filter });
  const partly = shown[whole];
  const nextSkip = partly === undefined ? 0 : partly.recipients.length + room;
  return { items, next: encode(before === undefined ? inner : before.next, nextSkip) };
}

const encode = (inner: string | undefined, skip: number): string => `${skip}.${inner ?? ''}`;

function decode(cursor: string): { readonly inner: string | undefined; readonly skip: number } {
  const parts = /^(\d{1,3})\.(.*)$/.exec(cursor);
  if (parts === null) throw new RangeError('cursor');
  const [, skip, inner] = parts;
  return { inner: inner === '' ? undefined : inner, skip: Number(skip) };
}
