import { executionIdOf } from '@herald/contracts';
import type { History } from './history.ts';
import type { Host } from './host.ts';
import type { StoredAttempt } from './ledger.ts';
import type { Call } from './provider.ts';
import { CONFIG } from './roles.ts';
import type { Stored } from './store.ts';

/** Older checks are made again, and a check that comes after the claim is made within its lease. */
const CHECK_MAY_BE_OLD_MS = Math.max(5_000, CONFIG.leaseMs - CONFIG.providerTimeoutMs);
/** Clocks that step, and answers under way. */
const SLACK_MS = 1_500;

/** Judges a call of a provider at the moment at which it begins. Says which attempt it is. */
export function judgeCall(
  host: Host,
  { messageId, address, deadline }: Call,
  { stored, history, now }: { readonly stored: Stored; readonly history: History; readonly now: () => number },
): { readonly round: number; readonly attempt: number } {
  const broken = (promise: string, what: string): void => history.violation(promise, what, messageId);
  const attempt = stored.ledger.of(messageId).at(-1);
  if (attempt === undefined) {
    broken('claim before call', `${host.name} calls without any claim`);
    return { round: 0, attempt: 0 };
  }
  judgeClaim(attempt, host, broken);
  if (host.runtime.clock.now() >= deadline) broken('nothing late', `${host.name} calls after the deadline`);

  const executionId = executionIdOf(messageId);
  const execution = stored.executions.get(executionId);
  const cancelledAt = history.cancelled.get(executionId);
  if (cancelledAt !== undefined && attempt.claimedAt > cancelledAt) {
    broken('cancel', 'it is claimed for a call after its cancel was answered');
  }
  const checkedAt = history.checks.get(`${host.name} ${address}`);
  const suppressedAt = history.suppressed.get(address);
  if (checkedAt === undefined || now() - checkedAt > CHECK_MAY_BE_OLD_MS + SLACK_MS) {
    broken('suppression', `${host.name} calls without having looked whether the address is suppressed`);
  }
  if (suppressedAt !== undefined && now() - suppressedAt > CHECK_MAY_BE_OLD_MS + SLACK_MS) {
    broken('suppression', 'its address was suppressed long before the call');
  }
  const stoppedAt = execution && history.stopped.get(execution.campaignId);
  // What stops the call is what the process knows of the campaign: it asks once a second, while the store answers.
  if (stoppedAt !== undefined && now() - stoppedAt > 30_000) broken('stop', 'its campaign was stopped long ago');
  return attempt.claim;
}

function judgeClaim(attempt: StoredAttempt, host: Host, broken: (promise: string, what: string) => void): void {
  const { claim, claimedBy, takeovers, result, resultAt = 0 } = attempt;
  const last = takeovers.at(-1);
  const owner = last?.by ?? claimedBy;
  if (claim.plan.kind !== 'call') return broken('claim before call', `${host.name} calls where the claim is an end`);
  if (owner !== host) broken('claim before call', `${host.name} calls, but the claim is held by ${owner.name}`);
  // Whoever takes over cannot see a result that comes after the lease; one that was in time it has to see.
  const before = last === undefined ? Infinity : (takeovers.at(-2)?.entry.leaseUntil ?? claim.plan.leaseUntil);
  if (result !== undefined && resultAt < before - SLACK_MS) {
    broken('first result counts', `${host.name} calls although there is a result`);
  }
  const leaseUntil = last?.entry.leaseUntil ?? claim.plan.leaseUntil;
  if (host.runtime.clock.now() + CONFIG.providerTimeoutMs > leaseUntil) {
    broken('lease', `${host.name} calls late in its lease`);
  }
}
