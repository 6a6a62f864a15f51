import {
  addressesOfPerson,
  LIMITS,
  type erasureReceiptSchema,
  type IdentityName,
  type Tenant,
} from '@herald/contracts';
import { capWindows, type Hasher } from '@herald/service-kit';
import type { Erased, Erasure, Identity, Profile } from '@herald/store';
import type { z } from 'zod';
import type { ControlDeps } from './rest.ts';

type Receipt = Omit<z.infer<typeof erasureReceiptSchema>, 'auditObjectId'>;

/** The marks of a person's identities: hashes, which are also the keys of messages to them. */
export const marksOf = (hasher: Hasher, tenant: Tenant, identities: readonly IdentityName[]): string[] => [
  ...new Set(identities.map(({ namespace, value }) => hasher.identity(tenant, namespace, value))),
];

/**
 * Erases whoever has an identity. What is marked follows from the profile: where that was given a name or an address in
 * between, it is marked in another round.
 */
export async function erasePerson(
  { store, hasher, runtime, config }: ControlDeps,
  identity: Identity,
): Promise<Receipt> {
  const at = runtime.clock.now();
  // What was accepted until now lives for so long at most, and may be written to a topic until then.
  const until = at + LIMITS.timeToLiveSeconds * 1_000 + config.topicRetentionMs;
  const totals = { profiles: 0, identities: 0, searchEntries: 0, counters: 0, suppressions: 0 };
  let known = await store.profiles.find(identity);
  for (;;) {
    const person = personOf(hasher, identity, known);
    const erased = await store.profiles.erase({ identity, ...person, windows: capWindows(at), at, until });
    count(totals, erased);
    const after = personOf(hasher, identity, erased.profile);
    if (marksIn(after).every((mark) => marksIn(person).includes(mark))) break;
    known = erased.profile;
  }
  const { suppressions, ...deleted } = totals;
  return {
    erasedAt: new Date(at).toISOString(),
    lastTopicRecordExpiresAt: new Date(until).toISOString(),
    deleted,
    suppressionsKept: suppressions,
  };
}

function personOf(
  hasher: Hasher,
  identity: Identity,
  profile: Profile | undefined,
): Pick<Erasure, 'identities' | 'addresses'> {
  const names = [identity, ...(profile?.identities ?? [])];
  const addresses = addressesOfPerson(profile?.attributes ?? {}, names);
  return {
    identities: marksOf(hasher, identity, names),
    addresses: addresses.map((one) => ({ ...one, hash: hasher.address(identity, one.channel, one.address) })),
  };
}

const marksIn = ({ identities, addresses }: Pick<Erasure, 'identities' | 'addresses'>): string[] => [
  ...identities,
  ...addresses.map(({ hash }) => hash),
];

function count(
  totals: { profiles: number; identities: number; searchEntries: number; counters: number; suppressions: number },
  { profile, searchEntries, counters, suppressions }: Erased,
): void {
  totals.profiles += profile === undefined ? 0 : 1;
  totals.identities += profile?.identities.length ?? 0;
  totals.searchEntries += searchEntries;
  totals.counters += counters;
  totals.suppressions += suppressions;
}
