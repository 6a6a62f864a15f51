import type { Clock, RejectedRecipient, Tenant, UnitaryRequest } from '@herald/contracts';
import { gather } from '@herald/pipeline';
import type { Identity, Store } from '@herald/store';
import { LRUCache } from 'lru-cache';

/** Who had a profile a moment ago is taken to have one: whoever has lost it since ends as excluded. */
const REMEMBERED = 50_000;
const REMEMBERED_MS = 10_000;

/**
 * Says which recipients of a call need a profile and have none; `hashes` are those of their identities. The store is
 * asked once per gathered batch, and only about those who were not found lately: that somebody has none is never
 * remembered. Throws `Outage` while the store cannot serve.
 */
export function createKnownProfiles(
  store: Pick<Store, 'profiles'>,
  clock: Clock,
): (tenant: Tenant, request: UnitaryRequest, hashes: readonly string[]) => Promise<RejectedRecipient[]> {
  const known = new LRUCache<string, true>({
    max: REMEMBERED,
    ttl: REMEMBERED_MS,
    perf: { now: () => clock.now() },
  });
  const ask = gather((identities: readonly Identity[]) => store.profiles.known(identities), { maxItems: 500 });

  async function isKnown(identity: Identity, hash: string): Promise<boolean> {
    if (known.has(hash)) return true;
    const found = await ask(identity);
    if (found) known.set(hash, true);
    return found;
  }

  return async ({ org, sandbox }, { recipients }, hashes) => {
    const looked = await Promise.all(
      recipients.map(async ({ type, namespace, userId }, recipientIndex) => {
        if (type === 'external') return [];
        const there = await isKnown({ org, sandbox, namespace, value: userId }, hashes[recipientIndex] ?? '');
        return there ? [] : [{ recipientIndex, reason: 'profile-unknown' as const }];
      }),
    );
    return looked.flat();
  };
}
