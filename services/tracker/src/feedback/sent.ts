import { executionIdOf, messageIdOf, recipientIndexOf, type Channel, type Tenant } from '@herald/contracts';
import type { ExecutionRecord, Store } from '@herald/store';

/** A message that a provider was called for. */
export interface Sent extends Tenant {
  readonly messageId: string;
  readonly executionId: string;
  readonly campaignId: string;
  readonly channel: Channel;
  /** Every provider that was called, in the order of the calls. */
  readonly providers: readonly string[];
  /** HMAC of the address that it was sent to last. */
  readonly to?: string;
}

/**
 * Finds messages by their ids alone: whose they are, the ledger says. Undefined where no provider was ever called, and
 * where the record is out of retention. Throws `Outage`.
 */
export async function findSent(
  { ledger, executions }: Pick<Store, 'ledger' | 'executions'>,
  messageIds: readonly string[],
): Promise<(Sent | undefined)[]> {
  const attempts = await ledger.messages(messageIds);
  const claims = attempts.map((all) => all.flatMap(({ claim }) => (claim.plan.kind === 'call' ? [claim] : [])));
  const owners = Map.groupBy(
    claims.flatMap(([first], place) => (first === undefined ? [] : [{ ...first, place }])),
    ({ org, sandbox }) => JSON.stringify([org, sandbox]),
  );
  const found: (Sent | undefined)[] = messageIds.map(() => undefined);
  for (const group of owners.values()) {
    const records = await executions.getMany(
      group[0] as Tenant,
      group.map(({ messageId }) => executionIdOf(messageId)),
    );
    for (const [at, { place, messageId }] of group.entries()) {
      const record = records[at];
      const calls = claims[place]?.map(({ plan }) => plan) ?? [];
      const last = calls.at(-1);
      if (record === undefined || last?.kind !== 'call' || !isOf(record, messageId)) continue;
      const { org, sandbox, executionId, campaignId, channel } = record;
      found[place] = {
        org,
        sandbox,
        messageId,
        executionId,
        campaignId,
        channel,
        providers: calls.flatMap((plan) => (plan.kind === 'call' ? [plan.provider] : [])),
        ...(last.to === undefined ? {} : { to: last.to }),
      };
    }
  }
  return found;
}

/** Another spelling of the recipient's place would be another id. */
const isOf = ({ executionId }: ExecutionRecord, messageId: string): boolean =>
  messageIdOf(executionId, recipientIndexOf(messageId)) === messageId;
