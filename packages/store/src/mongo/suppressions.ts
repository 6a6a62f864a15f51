import type { Channel, Tenant } from '@herald/contracts';
import { fromJson } from '../json.ts';
import { normalAddress } from '../normal.ts';
import type { Suppression, SuppressionRepository } from '../port.ts';
import { idOf } from './ids.ts';
import { insertOnce, type Unique } from './insert-once.ts';
import type { Models } from './models.ts';
import { BY_TENANT, newestFirst, readSlice, toPage } from './paging.ts';

export function createSuppressions({ suppressions }: Models, newId: () => string): SuppressionRepository {
  return {
    add: async (tenant, suppression) => {
      const { channel, address } = suppression;
      const _id = suppressionId(tenant, channel, address);
      const document = { _id, tenant: idOf(tenant), place: newId(), body: JSON.stringify(suppression) };
      await insertOnce(suppressions, [document]);
    },
    remove: async (tenant, channel, address) =>
      (await suppressions.findByIdAndDelete(suppressionId(tenant, channel, address)).lean()) !== null,
    check: async (addresses) => {
      if (addresses.length === 0) return [];
      const ids = addresses.map((item) => suppressionId(item, item.channel, item.address));
      const found = await suppressions.find({ _id: { $in: [...new Set(ids)] } }, { _id: 1 }).lean<Unique[]>();
      const there = new Set(found.map(({ _id }) => _id));
      return ids.map((id) => there.has(id));
    },
    list: async (tenant, request) => {
      const slice = newestFirst('place', request);
      const found = await readSlice(suppressions, { tenant: idOf(tenant) }, slice, BY_TENANT);
      return toPage(found, slice, ({ body }) => fromJson<Suppression>(body));
    },
  };
}

const suppressionId = (tenant: Tenant, channel: Channel, address: string): string =>
  idOf(tenant, channel, normalAddress(channel, address));
