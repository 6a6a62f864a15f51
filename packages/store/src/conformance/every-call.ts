import type { Tenant } from '@herald/contracts';
import type { Store } from '../port.ts';
import { aFragment } from './content-items.ts';
import {
  aClaim,
  aDeadLetter,
  aHead,
  aKey,
  anAttempt,
  anExecution,
  aResult,
  aSuppression,
  aSurface,
  aTakeover,
  aVersion,
} from './samples.ts';

const AT = '2026-02-01T00:00:00.000Z';
const PAGE = { limit: 100 };

/** One call of every method. A write that is not waited for would show here as one that succeeds. */
export const everyCall = (store: Store, tenant: Tenant): (() => Promise<unknown>)[] => {
  const identity = { ...tenant, namespace: 'email', value: 'x' };
  const suppressed = { ...tenant, channel: 'email' as const, address: 'x' };
  const attempt = anAttempt();
  return [
    () => store.configRevision(),
    () => store.prune({ ledger: 0, executions: 0, caps: 0 }),
    () => store.keys.insert(aKey(tenant)),
    () => store.keys.findByHash('x'),
    () => store.keys.list(tenant, PAGE),
    () => store.keys.revoke(tenant, 'x', AT),
    () => store.keys.rotate(tenant, 'x', aKey(tenant), AT),
    () => store.caps.take([{ ...tenant, key: 'x', window: 0, limit: 1 }]),
    () => store.executions.cancel('x', { at: 0, by: 'x' }),
    () => store.executions.cancelled(['x']),
    () => store.surfaces.insert(tenant, aSurface()),
    () => store.surfaces.get(tenant, 'x'),
    () => store.surfaces.list(tenant, PAGE),
    () => store.surfaces.replace(tenant, aSurface()),
    () => store.campaigns.insert(tenant, aHead(), aVersion()),
    () => store.campaigns.get(tenant, 'x'),
    () => store.campaigns.getVersion(tenant, 'x', 1),
    () => store.campaigns.list(tenant, PAGE),
    () => store.campaigns.update(tenant, aHead()),
    () => store.profiles.resolve([identity]),
    () => store.profiles.put(identity, { attributes: {} }, { id: 'x', at: AT }),
    () => store.profiles.find(identity),
    () => store.profiles.list(tenant, PAGE),
    () => store.suppressions.add(tenant, aSuppression('x')),
    () => store.suppressions.remove(tenant, 'email', 'x'),
    () => store.suppressions.check([suppressed]),
    () => store.suppressions.list(tenant, PAGE),
    () => store.executions.insert([anExecution(tenant)]),
    () => store.executions.confirm(['x']),
    () => store.executions.findByRequest(tenant, 'x', 'x'),
    () => store.executions.get(tenant, 'x'),
    () => store.executions.list(tenant, PAGE),
    () => store.executions.overdue({ before: 1, limit: 1 }),
    () => store.executions.sweptTo(),
    () => store.executions.markSwept({ deadline: 1, executionId: 'x' }),
    () => store.ledger.claim([aClaim(tenant, attempt)]),
    () => store.ledger.settle([aResult(attempt)]),
    () => store.ledger.takeOver([aTakeover(attempt, 1)]),
    () => store.ledger.attempts([attempt]),
    () => store.ledger.messages(['x']),
    () => store.deadLetters.insert([aDeadLetter(tenant)]),
    () => store.deadLetters.list(tenant, PAGE),
    () => store.deadLetters.get(tenant, 'x'),
    () => store.contentItems.insert(tenant, 'fragment', aFragment()),
    () => store.contentItems.get(tenant, 'fragment', 'x'),
    () => store.contentItems.named(tenant, 'fragment', 'x'),
    () => store.contentItems.list(tenant, 'fragment', PAGE),
    () => store.contentItems.replace(tenant, 'fragment', aFragment()),
    () => store.contentItems.remove(tenant, 'fragment', 'x'),
  ];
};
