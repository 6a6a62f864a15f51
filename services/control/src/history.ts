import {
  executionIdOf,
  messageIdOf,
  recipientIndexOf,
  type ExecutionView,
  type MessageView,
  type Tenant,
} from '@herald/contracts';
import type { AttemptRecord, FeedbackRecord, RoundEntry, StoredExecution, Store } from '@herald/store';
import { viewExecution, viewMessage } from './views.ts';

/** Executions with their messages, in one read of the ledger. */
export async function viewAll(store: Store, executions: readonly StoredExecution[]): Promise<ExecutionView[]> {
  const [ledger, rounds, feedback] = await Promise.all([
    ledgerOf(store, executions),
    roundsOf(store, executions),
    feedbackOf(store, executions),
  ]);
  return executions.map((execution, index) =>
    viewExecution(execution, ledger[index] ?? [], rounds[index], feedback[index]),
  );
}

/** What the ledger has of each recipient of each execution, in one read. */
export const ledgerOf = (store: Store, executions: readonly StoredExecution[]): Promise<AttemptRecord[][][]> =>
  perRecipient(executions, (ids) => store.ledger.messages(ids));

/** The rounds that were opened of each. */
export const roundsOf = (store: Store, executions: readonly StoredExecution[]): Promise<RoundEntry[][][]> =>
  perRecipient(executions, (ids) => store.ledger.rounds(ids));

/** What was said of each later. The executions are one tenant's. */
const feedbackOf = (store: Store, executions: readonly StoredExecution[]): Promise<FeedbackRecord[][][]> => {
  const [first] = executions;
  return first === undefined
    ? Promise.resolve([])
    : perRecipient(executions, (ids) => store.feedback.ofMessages(first, ids));
};

async function perRecipient<T>(
  executions: readonly StoredExecution[],
  read: (messageIds: readonly string[]) => Promise<T[]>,
): Promise<T[][]> {
  const found = await read(
    executions.flatMap(({ executionId, recipients }) => recipients.map((_, index) => messageIdOf(executionId, index))),
  );
  let at = 0;
  return executions.map(({ recipients }) => found.slice(at, (at += recipients.length)));
}

/** Messages by their ids; undefined where the tenant has none of that id. */
export async function viewMessages(
  store: Store,
  tenant: Tenant,
  messageIds: readonly string[],
): Promise<(MessageView | undefined)[]> {
  const executionIds = [...new Set(messageIds.map(executionIdOf))];
  const [executions, ledger, rounds, feedback] = await Promise.all([
    store.executions.getMany(tenant, executionIds),
    store.ledger.messages(messageIds),
    store.ledger.rounds(messageIds),
    store.feedback.ofMessages(tenant, messageIds),
  ]);
  const byId = new Map(executions.map((execution, place) => [executionIds[place], execution]));
  return messageIds.map((messageId, place) => {
    const execution = byId.get(executionIdOf(messageId));
    const index = recipientIndexOf(messageId);
    const exists = execution !== undefined && index < execution.recipients.length;
    // Another spelling of the place would be another id.
    if (!exists || messageIdOf(execution.executionId, index) !== messageId) return undefined;
    return viewMessage(execution, index, ledger[place] ?? [], rounds[place], feedback[place]);
  });
}
