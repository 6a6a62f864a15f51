import { comparedEntry, suppressionKindOf } from '@herald/contracts';
import { fromJson } from '../json.ts';
import type { Suppression } from '../port.ts';
import { idOf, type Owner } from './ids.ts';
import type { Models } from './models.ts';

/** The part of the suppression list that an entry stands in. */
export const listOf = (tenant: Owner, { channel, address }: Pick<Suppression, 'channel' | 'address'>): string =>
  idOf(tenant, channel, suppressionKindOf(channel, comparedEntry(channel, address)));

/** Entries of before there were parts. */
export async function putIntoLists({ suppressions }: Models): Promise<void> {
  const old = suppressions
    .find({ body: { $exists: true }, list: { $exists: false } })
    .lean()
    .cursor();
  for await (const { _id, body = '' } of old) {
    const [org = null, sandbox = null] = JSON.parse(_id) as (string | null)[];
    const list = listOf({ org, sandbox }, fromJson<Suppression>(body));
    await suppressions.updateOne({ _id }, { $set: { list } });
  }
}
