import { entriesAgainst, suppressionKindOf, type Channel, type Tenant } from '@herald/contracts';
import type { ObstacleQuestion, Suppression, SuppressionRepository } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import { addressKey, storable } from './compared.ts';
import type { AddressKey, CheckRow, SuppressionRow } from './operations/suppressions.ts';
import { newestFirst, toPage } from './paging.ts';

export function createSuppressions(call: Call): SuppressionRepository {
  return {
    add: (tenant, suppression) => call('suppressionsAdd', [toRow(tenant, suppression)]),
    addMany: async (tenant, suppressions) => {
      if (suppressions.length === 0) return;
      await call(
        'suppressionsAdd',
        suppressions.map((suppression) => toRow(tenant, suppression)),
      );
    },
    get: async (tenant, channel, address) => {
      const body = await call('suppressionsGet', keyOf(tenant, channel, address));
      return body === undefined ? undefined : fromJson<Suppression>(body);
    },
    remove: (tenant, channel, address) => call('suppressionsRemove', keyOf(tenant, channel, address)),
    check: async (questions) => {
      if (questions.length === 0) return [];
      const found = await call('suppressionsCheck', questions.map(toCheck));
      return found.map((entry, index) => {
        if (entry === null) return undefined;
        if (entry === true) return { kind: 'erased' };
        return { kind: 'suppressed', by: suppressionKindOf(questions[index]?.channel ?? 'email', entry) };
      });
    },
    list: async ({ org, sandbox }, { of, ...request }) => {
      const slice = newestFirst(request);
      const rows = await call('suppressionsList', [
        org,
        sandbox,
        of === undefined ? null : [of.channel, of.kind],
        slice.from,
        slice.limit,
      ]);
      return toPage(rows, slice, ([, body]) => fromJson<Suppression>(body));
    },
  };
}

const keyOf = ({ org, sandbox }: Tenant, channel: Channel, address: string): AddressKey => [
  org,
  sandbox,
  channel,
  addressKey(channel, address),
];

const toRow = (tenant: Tenant, suppression: Suppression): SuppressionRow => ({
  address: keyOf(tenant, suppression.channel, suppression.address),
  body: JSON.stringify(suppression),
});

const toCheck = ({ org, sandbox, channel, address, hash, erasure }: ObstacleQuestion): CheckRow => [
  org,
  sandbox,
  channel,
  entriesAgainst(channel, address, hash).map(storable),
  erasure === undefined ? null : [erasure.marks, erasure.acceptedAt],
];
