import { comparedEntry, entriesAgainst, suppressionKindOf, type Channel, type Tenant } from '@herald/contracts';
import { isAnyErased, type Mark } from '../erasures.ts';
import { fromJson } from '../json.ts';
import type { Obstacle, ObstacleQuestion, Suppression, SuppressionRepository } from '../port.ts';
import { markId } from './erasures.ts';
import { idOf } from './ids.ts';
import { driverOf, insertOnce } from './insert-once.ts';
import type { Models, SuppressionDocument } from './models.ts';
import { listOf } from './lists.ts';
import { BY_TENANT, newestFirst, readSlice, toPage } from './paging.ts';

export function createSuppressions({ suppressions }: Models, newId: () => string): SuppressionRepository {
  async function addMany(tenant: Tenant, added: readonly Suppression[]): Promise<void> {
    await insertOnce(
      suppressions,
      added.map((suppression) => ({
        _id: suppressionId(tenant, suppression.channel, suppression.address),
        tenant: idOf(tenant),
        list: listOf(tenant, suppression),
        place: newId(),
        body: JSON.stringify(suppression),
      })),
    );
  }

  return {
    add: (tenant, suppression) => addMany(tenant, [suppression]),
    addMany,
    get: async (tenant, channel, address) => {
      const found = await suppressions.findById(suppressionId(tenant, channel, address)).lean<Listed>();
      return found === null ? undefined : fromJson<Suppression>(found.body);
    },
    remove: async (tenant, channel, address) =>
      (await suppressions.findByIdAndDelete(suppressionId(tenant, channel, address)).lean()) !== null,
    check: async (questions) => {
      if (questions.length === 0) return [];
      const asked = questions.map((question) => toAsked(question));
      const ids = new Set(asked.flatMap(({ entries, marks }) => [...entries.keys(), ...marks.keys()]));
      const found = await driverOf(suppressions)
        .find<Pick<SuppressionDocument, '_id' | 'at' | 'lifted'>>(
          { _id: { $in: [...ids] } },
          { projection: { _id: 1, at: 1, lifted: 1 } },
        )
        .toArray();
      const there = new Map(found.map((document) => [document._id, document]));
      return questions.map((question, place) => answer(question, asked[place] as Asked, there));
    },
    list: async (tenant, { of, ...request }) => {
      const slice = newestFirst('place', request);
      const [filter, index] =
        of === undefined
          ? [{ tenant: idOf(tenant) }, BY_TENANT]
          : [{ list: idOf(tenant, of.channel, of.kind) }, { list: 1, place: 1 } as const];
      const found = await readSlice<Listed, 'place'>(suppressions as never, filter, slice, index);
      return toPage(found, slice, ({ body }) => fromJson<Suppression>(body));
    },
  };
}

type Listed = Required<Pick<SuppressionDocument, '_id' | 'tenant' | 'place' | 'body'>>;

/** What may be in the way of a message, by the ids of the documents that would say so. */
interface Asked {
  readonly entries: ReadonlyMap<string, string>;
  readonly marks: ReadonlyMap<string, string>;
}

const toAsked = (question: ObstacleQuestion): Asked => ({
  entries: new Map(
    entriesAgainst(question.channel, question.address, question.hash).map((entry) => [
      idOf(question, question.channel, entry),
      entry,
    ]),
  ),
  marks: new Map((question.erasure?.marks ?? []).map((mark) => [markId(question, mark), mark])),
});

function answer(
  { channel, erasure }: ObstacleQuestion,
  { entries, marks }: Asked,
  there: ReadonlyMap<string, Pick<SuppressionDocument, 'at' | 'lifted'>>,
): Obstacle | undefined {
  const found = new Map<string, Mark>();
  for (const [id, mark] of marks) {
    const { at, lifted = false } = there.get(id) ?? {};
    if (at !== undefined) found.set(mark, { at, lifted });
  }
  if (isAnyErased(erasure, found)) return { kind: 'erased' };
  const entry = [...entries].find(([id]) => there.has(id))?.[1];
  return entry === undefined ? undefined : { kind: 'suppressed', by: suppressionKindOf(channel, entry) };
}

export const suppressionId = (tenant: Tenant, channel: Channel, address: string): string =>
  idOf(tenant, channel, comparedEntry(channel, address));
