import type { FinalState, Tenant } from '@herald/contracts';
import type { EndingEntry, EndingRecord, EndingRepository } from '../port.ts';
import { placeOf, placeSlice, shownOf, toEntryPage, toPlacePage } from '../places.ts';
import { idOf, idsUnder } from './ids.ts';
import { driverOf, insertOnce } from './insert-once.ts';
import type { EndingDocument, Models } from './models.ts';

/** A page is one range of an index per state and reason, merged by the database. */
export function createEndings({ endings }: Models): EndingRepository {
  /** The kinds that there are: one look per kind, whatever their documents (DISTINCT_SCAN). */
  async function kindsOf(
    field: 'kind' | 'campaignKind',
    tenant: Tenant,
    state: string | undefined,
    reason: string | undefined,
    ...campaign: string[]
  ): Promise<string[]> {
    if (state !== undefined && reason !== undefined) return [idOf(tenant, ...campaign, state, reason)];
    const range = idsUnder(tenant, ...campaign, ...(state === undefined ? [] : [state]));
    const found: unknown[] = await driverOf<EndingDocument>(endings).distinct(field, { [field]: range });
    const end = reason === undefined ? '' : idOf(tenant, reason).slice(idOf(tenant).length - 1);
    return found.filter((kind) => typeof kind === 'string').filter((kind) => kind.endsWith(end));
  }

  return {
    insert: async (records) => {
      await insertOnce(endings, records.map(toDocument));
    },
    list: async (tenant, { state, reason, campaignId, ...page }) => {
      const slice = placeSlice(page);
      const field = campaignId === undefined ? 'kind' : 'campaignKind';
      const kinds = await kindsOf(field, tenant, state, reason, ...(campaignId === undefined ? [] : [campaignId]));
      if (kinds.length === 0) return { items: [] };
      const found = await endings
        .find({ [field]: { $in: kinds }, place: { $gte: slice.low, $lt: slice.high } } as never, null, {
          sort: { place: -1 },
          limit: slice.limit,
          hint: { [field]: 1, place: 1 },
        })
        .lean<EndingDocument[]>();
      return toPlacePage(
        found.map(({ place }) => place),
        slice,
      );
    },
    entries: async (tenant, page) => {
      const slice = placeSlice(page);
      const kinds = await kindsOf('kind', tenant, undefined, undefined);
      if (kinds.length === 0) return { items: [] };
      const read = (place: object, limit: number) =>
        endings
          .find({ kind: { $in: kinds }, place } as never, null, {
            sort: { place: -1 },
            limit,
            hint: { kind: 1, place: 1 },
          })
          .lean<EndingDocument[]>();
      const found = await read({ $gte: slice.low, $lt: slice.high }, slice.limit);
      const { shown, next } = shownOf(
        found.map(({ place }) => place),
        slice,
      );
      const last = shown.at(-1);
      if (last === undefined) return { items: [] };
      // The rounds of the last one may not all have been among them.
      const whole = [...found.filter(({ place }) => place > last), ...(await read({ $gte: last, $lte: last }, 0))];
      return toEntryPage(whole.map(toEntry), next);
    },
  };
}

function toEntry({ _id, kind, place }: EndingDocument): Omit<EndingEntry, 'messageId'> & { readonly place: string } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `idOf(tenant, state, reason)`, whose parts are short
  const [, , state, reason] = JSON.parse(kind) as [unknown, unknown, FinalState, string];
  return { place, round: Number(_id.slice(_id.lastIndexOf('/') + 1)), state, reason };
}

function toDocument(ending: EndingRecord): EndingDocument {
  const { state, reason, campaignId, messageId, round } = ending;
  const place = placeOf(messageId);
  return {
    _id: `${place}/${round}`,
    kind: idOf(ending, state, reason),
    campaignKind: idOf(ending, campaignId, state, reason),
    place,
  };
}
