import { API } from '@herald/contracts';
import { cancelExecution, CANCELLED } from '@herald/pipeline';
import { invalid, reply, type ApiBuilder, type Call } from '@herald/service-kit';
import type { ExecutionFilter } from '@herald/store';
import { roundsOf, viewAll, viewMessages } from './history.ts';
import { missing, paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';
import { searchMessages } from './search.ts';
import { viewExecution } from './views.ts';

export function routeExecutions(api: ApiBuilder, deps: ControlDeps): void {
  const { store, hasher, pipeline, runtime, log } = deps;
  const filterOf = (call: Pick<Call<typeof API.listExecutions>, 'caller' | 'query'>): ExecutionFilter => {
    const { campaignId, requestId, userId, namespace = 'email', from, to } = call.query;
    return {
      ...(campaignId === undefined ? {} : { campaignId }),
      ...(requestId === undefined ? {} : { requestId }),
      ...(userId === undefined ? {} : { recipient: hasher.identity(tenantOf(call), namespace, userId) }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    };
  };

  // A filter that filters nothing would be taken for an answer.
  const stray = ({ query: { namespace, userId } }: Pick<Call<typeof API.listExecutions>, 'query'>) =>
    namespace !== undefined && userId === undefined
      ? invalid({ field: 'namespace', message: 'is that of userId, which is not there' })
      : undefined;

  api.handle(
    API.listExecutions,
    async (call) =>
      stray(call) ??
      paged(async () => {
        const page = await store.executions.list(tenantOf(call), { ...pageOf(call.query), ...filterOf(call) });
        return { ...page, items: await viewAll(store, page.items) };
      }),
  );

  api.handle(API.getExecution, async (call) => {
    const execution = await store.executions.get(tenantOf(call), call.params.id);
    if (execution === undefined) return missing('execution');
    const [view] = await viewAll(store, [execution]);
    return view === undefined ? missing('execution') : reply(200, view);
  });

  api.handle(API.cancelExecution, async (call) => {
    const execution = await store.executions.get(tenantOf(call), call.params.id);
    if (execution === undefined) return missing('execution');
    const { executionId } = execution;
    const ledger = await cancelExecution(pipeline, execution, { at: runtime.clock.now(), by: call.caller.keyId });
    const [rounds] = await roundsOf(store, [execution]);
    const { messages } = viewExecution(execution, ledger, rounds);
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

  api.handle(
    API.listMessages,
    async (call) =>
      stray(call) ??
      paged(() => {
        const { limit, cursor, executionId, state, reason } = call.query;
        return searchMessages(store, tenantOf(call), { limit, cursor, executionId, state, reason, ...filterOf(call) });
      }),
  );

  api.handle(API.getMessage, async (call) => {
    const [message] = await viewMessages(store, tenantOf(call), [call.params.id]);
    return message === undefined ? missing('message') : reply(200, message);
  });
}
