import { randomBytes } from 'node:crypto';
import type { Model, mongo } from 'mongoose';
import { duplicatesIn, isPassing } from './errors.ts';

/** What is inserted once, under an id that says what it is. */
export interface Unique {
  readonly _id: string;
  /** The mark of the call that inserted it. */
  readonly by?: string;
}

export const newMark = (): string => randomBytes(6).toString('base64url');

/**
 * Inserts documents in one command; true for each that this call inserted, false for each whose id was there. Of one id
 * in a batch the first is inserted. Where an answer is lost the command is sent once more; which documents were inserted
 * the first time is told by the call's mark on them, `by`.
 */
export async function insertOnce<T extends Unique>(
  model: Model<T>,
  documents: readonly T[],
  by: string = newMark(),
): Promise<boolean[]> {
  if (documents.length === 0) return [];
  const places = new Map<string, number>();
  const marked: T[] = [];
  for (const [place, document] of documents.entries()) {
    if (places.has(document._id)) continue;
    places.set(document._id, place);
    marked.push({ ...document, by });
  }
  const lost = await insert(model, marked).catch(async (error: unknown) => {
    if (!isPassing(error)) throw error;
    const there = await insert(model, marked);
    for (const id of await markedAmong(model, there, by)) there.delete(id);
    return there;
  });
  return documents.map(({ _id }, place) => places.get(_id) === place && !lost.has(_id));
}

/** The driver's own collection, for the hot path: a model would build, cast and check each document. */
export const driverOf = <T extends Unique>(model: Model<T>): mongo.Collection<Unique> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- mongoose's type knows no `_id` but its own
  model.collection as unknown as mongo.Collection<Unique>;

/** The ids that were there. */
async function insert<T extends Unique>(model: Model<T>, documents: readonly T[]): Promise<Set<string>> {
  try {
    await driverOf(model).insertMany(documents, { ordered: false });
    return new Set();
  } catch (error) {
    const places = duplicatesIn(error);
    if (places === undefined) throw error;
    return new Set(places.map((place) => documents[place]?._id ?? ''));
  }
}

async function markedAmong<T extends Unique>(model: Model<T>, ids: Set<string>, by: string): Promise<string[]> {
  if (ids.size === 0) return [];
  const found = driverOf(model).find<Unique>({ _id: { $in: [...ids] }, by }, { projection: { _id: 1 } });
  return (await found.toArray()).map(({ _id }) => _id);
}
