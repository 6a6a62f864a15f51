import { API, executionIdOf, messageIdOf, recipientIndexOf, type MessageView, type Tenant } from '@herald/contracts';
import { cancelExecution, CANCELLED } from '@herald/pipeline';
import { reply, type ApiBuilder, type Call } from '@herald/service-kit';
import type { AttemptRecord, ExecutionFilter, Page, StoredExecution, Store } from '@herald/store';
import { missing, paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';
import { viewExecution, viewMessage } from './views.ts';

export function routeExecutions(api: ApiBuilder, deps: ControlDeps): void {
  const { store, hasher, pipeline, runtime, log } = deps;
  const filterOf = (call: Pick<Call<typeof API.listExecutions>, 'caller' | 'query'>): ExecutionFilter => {
    const { campaignId, requestId, userId, namespace = 'email' } = call.query;
    return {
      ...(campaignId === undefined ? {} : { campaignId }),
      ...(requestId === undefined ? {} : { requestId }),
      ...(userId === undefined ? {} : { recipient: hasher.identity(tenantOf(call), namespace, userId) }),
    };
  };

  api.handle(API.listExecutions, (call) =>
    paged(async () => {
      const page = await store.executions.list(tenantOf(call), { ...pageOf(call.query), ...filterOf(call) });
      return { ...page, items: await viewAll(store, page.items) };
    }),
  );

  api.handle(API.getExecution, async (call) => {
    const execution = await store.executions.get(tenantOf(call), call.params.id);
    if (execution === undefined) return missing('execution');
    const [attempts] = await ledgerOf(store, [execution]);
    return reply(200, viewExecution(execution, attempts ?? []));
  });

  api.handle(API.cancelExecution, async (call) => {
    const execution = await store.executions.get(tenantOf(call), call.params.id);
    if (execution === undefined) return missing('execution');
    const { executionId } = execution;
    const ledger = await cancelExecution(pipeline, execution, { at: runtime.clock.now(), by: call.caller.keyId });
    const { messages } = viewExecution(execution, ledger);
    log.info({ executionId, keyId: call.caller.keyId }, 'execution cancelled');
    return reply(200, {
      executionId,
      messages: messages.map(({ messageId, recipientIndex, state, reason }) => ({
        messageId,
        recipientIndex,
        stopped: reason === CANCELLED.reason,
        state,
        ...(reason === undefined ? {} : { reason }),
      })),
    });
  });

  api.handle(API.listMessages, (call) => paged(() => listMessages(store, tenantOf(call), call.query, filterOf(call))));

  api.handle(API.getMessage, async (call) => {
    const messageId = call.params.id;
    const executionId = executionIdOf(messageId);
    const index = recipientIndexOf(messageId);
    const execution = await store.executions.get(tenantOf(call), executionId);
    const exists = execution !== undefined && index < execution.recipients.length;
    if (!exists || messageIdOf(executionId, index) !== messageId) return missing('message');
    const [attempts = []] = await store.ledger.messages([messageId]);
    return reply(200, viewMessage(execution, index, attempts));
  });
}

type MessagesQuery = Call<typeof API.listMessages>['query'];

async function viewAll(
  store: Store,
  executions: readonly StoredExecution[],
): Promise<ReturnType<typeof viewExecution>[]> {
  const ledger = await ledgerOf(store, executions);
  return executions.map((execution, index) => viewExecution(execution, ledger[index] ?? []));
}

/** What the ledger has of each recipient of each execution, in one read. */
async function ledgerOf(store: Store, executions: readonly StoredExecution[]): Promise<(readonly AttemptRecord[])[][]> {
  const ids = executions.flatMap(({ executionId, recipients }) =>
    recipients.map((_, index) => messageIdOf(executionId, index)),
  );
  const attempts = await store.ledger.messages(ids);
  let at = 0;
  return executions.map(({ recipients }) => attempts.slice(at, (at += recipients.length)));
}

/** Messages of the newest execution first, each execution's in the order of its call. */
async function listMessages(
  store: Store,
  tenant: Tenant,
  query: MessagesQuery,
  filter: ExecutionFilter,
): Promise<Page<MessageView>> {
  const { limit, cursor, executionId } = query;
  /** Of a call with several recipients only the one that is searched for. */
  const isWanted = (execution: StoredExecution, index: number): boolean =>
    filter.recipient === undefined || execution.recipients[index] === filter.recipient;
  const messagesOf = async (executions: readonly StoredExecution[]): Promise<MessageView[]> =>
    (await viewAll(store, executions)).flatMap(({ messages }, at) =>
      messages.filter((_, place) => isWanted(executions[at] as StoredExecution, place)),
    );
  const countOf = (execution: StoredExecution): number =>
    execution.recipients.filter((_, index) => isWanted(execution, index)).length;
  if (executionId !== undefined) {
    const execution = await store.executions.get(tenant, executionId);
    const wanted =
      execution !== undefined &&
      (query.campaignId ?? execution.campaignId) === execution.campaignId &&
      (query.requestId ?? execution.requestId) === execution.requestId;
    return { items: wanted ? await messagesOf([execution]) : [] };
  }
  const { inner, skip } = cursor === undefined ? { inner: undefined, skip: 0 } : decode(cursor);
  const from = inner === undefined ? {} : { cursor: inner };
  const page = await store.executions.list(tenant, { limit, ...from, ...filter });

  let room = limit + skip;
  const shown: StoredExecution[] = [];
  for (const execution of page.items) {
    if (room <= 0) break;
    shown.push(execution);
    room -= countOf(execution);
  }
  const items = (await messagesOf(shown)).slice(skip, skip + limit);

  // A page may end inside an execution: the next one begins at that execution and skips what was shown.
  const whole = room < 0 ? shown.length - 1 : shown.length;
  if (whole === page.items.length) return page.next === undefined ? { items } : { items, next: encode(page.next, 0) };
  const before = whole === 0 ? undefined : await store.executions.list(tenant, { limit: whole, ...from, ...filter });
  const partly = shown[whole];
  const nextSkip = partly === undefined ? 0 : countOf(partly) + room;
  return { items, next: encode(before === undefined ? inner : before.next, nextSkip) };
}

const encode = (inner: string | undefined, skip: number): string => `${skip}.${inner ?? ''}`;

function decode(cursor: string): { readonly inner: string | undefined; readonly skip: number } {
  const parts = /^(\d{1,3})\.(.*)$/.exec(cursor);
  if (parts === null) throw new RangeError('cursor');
  const [, skip, inner] = parts;
  return { inner: inner === '' ? undefined : inner, skip: Number(skip) };
}
