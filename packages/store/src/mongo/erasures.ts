import { comparedAddress, hashedEntry, type IdentityName, type Tenant } from '@herald/contracts';
import { isAnyErased, type Mark } from '../erasures.ts';
import { fromJson } from '../json.ts';
import type { Erased, Erasure, ErasureQuestion, Profile, Suppression } from '../port.ts';
import { capsOf } from './caps.ts';
import { identityId } from './identities.ts';
import { idOf } from './ids.ts';
import { insertOnce } from './insert-once.ts';
import { listOf } from './lists.ts';
import type { IdentityDocument, Models, SuppressionDocument } from './models.ts';
import type { ProfileDocuments } from './profile-documents.ts';

/**
 * A mark stands among the suppressions, so that a sender asks for both in one read. It has no tenant to be listed by. No
 * channel has this name.
 */
export const markId = (tenant: Tenant, mark: string): string => idOf(tenant, 'erased', mark);

/** Said of names that an erasure is about to delete: they are nobody's from then on. */
const ERASING = 'erasing';

export interface Erasures {
  /** Of each question, in order: whether the person was erased. */
  areErased(
    questions: readonly (readonly [tenant: Tenant, question: ErasureQuestion | undefined])[],
  ): Promise<boolean[]>;
  /** Takes marks away that stand in the way of everything; what was accepted before stays where it is. */
  lift(tenant: Tenant, marks: readonly string[]): Promise<void>;
  erase(erasure: Erasure): Promise<Erased>;
}

export function createErasures(models: Models, documents: ProfileDocuments): Erasures {
  const { identities, profiles, suppressions, executions, caps } = models;

  async function mark({ identity, identities: names, addresses, at, until }: Erasure): Promise<void> {
    const marks = [
      ...names.map((name) => ({ name, lifted: false })),
      ...addresses.map(({ hash }) => ({ name: hash, lifted: true })),
    ];
    for (const { name, lifted } of marks) {
      await suppressions.updateOne(
        { _id: markId(identity, name) },
        { $set: { lifted }, $max: { at, until } },
        { upsert: true },
      );
    }
  }

  /** The identity's document, if it is somebody's; also one that an erasure was about to delete when it broke off. */
  async function ownerOf(identity: Erasure['identity']): Promise<IdentityDocument | undefined> {
    const found = await identities.findById(identityId(identity, identity)).lean<IdentityDocument>();
    return found === null || (found.pending === true && found.by !== ERASING) ? undefined : found;
  }

  /** First nobody can come to the profile any more, then it goes, then its names. */
  async function deleteProfile(tenant: Tenant, owner: IdentityDocument): Promise<Profile | undefined> {
    const profile = (await documents.of([owner])).get(owner.profile);
    const names: readonly IdentityName[] = profile?.identities ?? [fromJson<IdentityName>(owner.body)];
    const ids = [...new Set([owner._id, ...names.map((name) => identityId(tenant, name))])];
    const mine = { _id: { $in: ids }, profile: owner.profile };
    await identities.updateMany(mine, { $set: { pending: true, by: ERASING } });
    await profiles.deleteOne({ _id: owner.profile });
    await identities.deleteMany({ ...mine, by: ERASING });
    // Whoever had read a name before may have taken the profile for one that a crash had kept from being made.
    await profiles.deleteOne({ _id: owner.profile });
    return profile;
  }

  async function hideSuppressions({ identity, addresses }: Erasure): Promise<number> {
    let hidden = 0;
    for (const { channel, address, hash } of addresses) {
      const _id = idOf(identity, channel, comparedAddress(channel, address));
      const found = await suppressions.findById(_id).lean<SuppressionDocument>();
      if (found?.body === undefined) continue;
      const entry = hashedEntry(hash);
      const suppression: Suppression = { ...fromJson<Suppression>(found.body), address: entry };
      // It acts without a gap: the other one goes only then.
      await insertOnce(suppressions, [
        {
          ...found,
          _id: idOf(identity, channel, entry),
          list: listOf(identity, suppression),
          body: JSON.stringify(suppression),
        },
      ]);
      await suppressions.deleteOne({ _id });
      hidden += 1;
    }
    return hidden;
  }

  return {
    areErased: async (questions) => {
      const ids = questions.flatMap(([tenant, question]) =>
        (question?.marks ?? []).map((name) => markId(tenant, name)),
      );
      if (ids.length === 0) return questions.map(() => false);
      const found = await suppressions.find({ _id: { $in: [...new Set(ids)] } }).lean<SuppressionDocument[]>();
      const marks = new Map(found.map(({ _id, at = 0, lifted = false }): [string, Mark] => [_id, { at, lifted }]));
      return questions.map(([tenant, question]) => {
        if (question === undefined) return false;
        const named = { ...question, marks: question.marks.map((name) => markId(tenant, name)) };
        return isAnyErased(named, marks);
      });
    },
    lift: async (tenant, marks) => {
      if (marks.length === 0) return;
      const ids = marks.map((name) => markId(tenant, name));
      await suppressions.updateMany({ _id: { $in: ids }, lifted: false }, { $set: { lifted: true } });
    },
    erase: async (erasure) => {
      const { identity } = erasure;
      await mark(erasure);
      const owner = await ownerOf(identity);
      const profile = owner && (await deleteProfile(identity, owner));
      let searchEntries = 0;
      for (const name of erasure.identities) {
        const recipients = idOf(identity, name);
        const { modifiedCount } = await executions.updateMany({ recipients }, { $pull: { recipients } });
        searchEntries += modifiedCount;
      }
      let counters = 0;
      for (const { hash: key } of erasure.addresses) {
        const { org, sandbox } = identity;
        const counted = erasure.windows.map((window) => ({ _id: capsOf({ org, sandbox, key, window }) }));
        if (counted.length > 0) counters += (await caps.deleteMany({ $or: counted })).deletedCount;
      }
      const counts = { searchEntries, counters, suppressions: await hideSuppressions(erasure) };
      return profile === undefined ? counts : { ...counts, profile };
    },
  };
}
