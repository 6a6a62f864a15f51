import type { Channel, Tenant } from '@herald/contracts';
import type { Suppression, SuppressionRepository } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import { comparedAddress } from './compared.ts';
import type { AddressKey } from './operations/suppressions.ts';
import { newestFirst, toPage } from './paging.ts';

export function createSuppressions(call: Call): SuppressionRepository {
  return {
    add: async (tenant, suppression) => {
      const address = keyOf(tenant, suppression.channel, suppression.address);
      await call('suppressionsAdd', { address, body: JSON.stringify(suppression) });
    },
    remove: (tenant, channel, address) => call('suppressionsRemove', keyOf(tenant, channel, address)),
    check: async (addresses) => {
      if (addresses.length === 0) return [];
      const keys = addresses.map((item) => keyOf(item, item.channel, item.address));
      return (await call('suppressionsCheck', keys)).map((found) => found === 1);
    },
    list: async ({ org, sandbox }, request) => {
      const slice = newestFirst(request);
      const rows = await call('suppressionsList', [org, sandbox, slice.from, slice.limit]);
      return toPage(rows, slice, ([, body]) => fromJson<Suppression>(body));
    },
  };
}

const keyOf = ({ org, sandbox }: Tenant, channel: Channel, address: string): AddressKey => [
  org,
  sandbox,
  channel,
  comparedAddress(channel, address),
];
