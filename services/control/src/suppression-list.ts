import { hashedEntry, readSuppressed, type Channel } from '@herald/contracts';
import type { Call } from '@herald/service-kit';
import type { Suppression } from '@herald/store';
import { audited } from './audit.ts';
import { tenantOf, type ControlDeps } from './rest.ts';

/** Changes of the suppression list, whichever API asks for them: each is in the audit log, under a hash of the address. */
export interface SuppressionList {
  add(suppression: Suppression): Promise<void>;
  /** False: it was not on the list. Of somebody who was erased there is only the hash: that goes, too. */
  remove(channel: Channel, address: string): Promise<boolean>;
}

export function suppressionListOf(deps: ControlDeps, call: Pick<Call, 'caller'>): SuppressionList {
  const tenant = tenantOf(call);
  const hashOf = (channel: Channel, entry: string): string => deps.hasher.address(tenant, channel, entry);
  const recorded = (action: 'add' | 'remove', channel: Channel, entry: string) =>
    audited(deps, call, { action, objectType: 'suppression', objectId: hashOf(channel, entry) }).suppressions;
  return {
    add: (suppression) => recorded('add', suppression.channel, suppression.address).add(tenant, suppression),
    async remove(channel, address) {
      const read = readSuppressed(channel, address);
      const entry = read.ok ? read.entry : address;
      const removed = [
        await recorded('remove', channel, entry).remove(tenant, channel, entry),
        await recorded('remove', channel, entry).remove(tenant, channel, hashedEntry(hashOf(channel, entry))),
      ];
      return removed.includes(true);
    },
  };
}
