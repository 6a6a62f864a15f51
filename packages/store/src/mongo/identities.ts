import { comparedIdentity, type IdentityName, type Tenant } from '@herald/contracts';
import { idOf } from './ids.ts';
import { insertOnce } from './insert-once.ts';
import type { IdentityDocument, Models } from './models.ts';

/** Who has which name. A name is its profile's from the moment that its document is there and not pending. */
export interface Identities {
  /** Of those that are there, pending or not, by id. */
  read(ids: readonly string[]): Promise<Map<string, IdentityDocument>>;
  /**
   * Gives first names to their profiles, those too that are pending for somebody else. `won`: the ids of those that this
   * call gave; `others`: what was there of the rest.
   */
  create(wanted: ReadonlyMap<string, IdentityDocument>): Promise<{
    readonly won: ReadonlySet<string>;
    readonly others: ReadonlyMap<string, IdentityDocument>;
  }>;
  /**
   * Reserves further names, as pending, under a mark. False: somebody has one of them, or has reserved it; with `force`
   * a reservation for another profile is taken over.
   */
  reserve(wanted: readonly IdentityDocument[], mark: string, force: boolean): Promise<boolean>;
  /** Gives reserved names to their profile; false when one was taken over meanwhile. */
  give(ids: readonly string[], mark: string): Promise<boolean>;
  /** Takes back what was reserved or given under a mark. */
  release(ids: readonly string[], mark: string): Promise<void>;
}

export function createIdentities({ identities }: Models): Identities {
  async function read(ids: readonly string[]): Promise<Map<string, IdentityDocument>> {
    const found = ids.length === 0 ? [] : await identities.find({ _id: { $in: ids } }).lean<IdentityDocument[]>();
    return new Map(found.map((identity) => [identity._id, identity]));
  }

  /** True when nobody else did anything about that reservation first. */
  async function takeOver({ _id, by = '' }: IdentityDocument, wanted: IdentityDocument): Promise<boolean> {
    const taken = await identities.findOneAndReplace({ _id, by, pending: true }, wanted, {
      projection: { _id: 1 },
    });
    return taken !== null;
  }

  /** What is there of a name, unless this call gives it to its profile. */
  async function otherOf(wanted: IdentityDocument): Promise<IdentityDocument | undefined> {
    for (;;) {
      const other = (await read([wanted._id])).get(wanted._id);
      if (other !== undefined && other.pending !== true) return other;
      const [given] = other === undefined ? await insertOnce(identities, [wanted]) : [await takeOver(other, wanted)];
      if (given) return undefined;
    }
  }

  return {
    read,
    create: async (wanted) => {
      const inserted = await insertOnce(identities, [...wanted.values()]);
      const ids = [...wanted.keys()];
      const won = new Set(ids.filter((_, place) => inserted[place]));
      const others = await read(ids.filter((id) => !won.has(id)));
      for (const [id, document] of wanted) {
        const found = others.get(id);
        if (won.has(id) || (found !== undefined && found.pending !== true)) continue;
        others.delete(id);
        const other = await otherOf(document);
        if (other === undefined) won.add(id);
        else others.set(id, other);
      }
      return { won, others };
    },
    reserve: async (wanted, mark, force) => {
      const inserted = await insertOnce(identities, wanted, mark);
      const lost = wanted.filter((_, place) => !inserted[place]);
      const there = await read(lost.map(({ _id }) => _id));
      for (const name of lost) {
        const other = there.get(name._id);
        // A reservation for the same profile was left by a call that did not come to its end.
        const mayTake = other?.pending === true && (force || other.profile === name.profile);
        if (!mayTake || !(await takeOver(other, { ...name, by: mark }))) return false;
      }
      return true;
    },
    give: async (ids, mark) => {
      if (ids.length === 0) return true;
      const mine = { _id: { $in: [...ids] }, by: mark };
      await identities.updateMany({ ...mine, pending: true }, { $unset: { pending: 1 } });
      const given = await identities.find({ ...mine, pending: null }, { _id: 1 }).lean();
      return given.length === ids.length;
    },
    release: async (ids, mark) => {
      if (ids.length > 0) await identities.deleteMany({ _id: { $in: [...ids] }, by: mark });
    },
  };
}

export const identityId = (tenant: Tenant, name: IdentityName): string => idOf(tenant, ...comparedIdentity(name));
