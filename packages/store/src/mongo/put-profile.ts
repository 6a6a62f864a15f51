import { Outage, withoutDevice, type IdentityName } from '@herald/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import { mergePatch } from '../merge-patch.ts';
import type { Creation, Identity, Profile, ProfileInput, ProfilePut, ProfileRepository } from '../port.ts';
import type { Erasures } from './erasures.ts';
import { identityId, type Identities } from './identities.ts';
import { newMark } from './insert-once.ts';
import type { IdentityDocument } from './models.ts';
import { firstIdentity, nameOf, type ProfileDocuments } from './profile-documents.ts';

interface Parts {
  readonly identities: Identities;
  readonly documents: ProfileDocuments;
  readonly erasures: Erasures;
  readonly newId: () => string;
}

/** How often a name that somebody has reserved is looked at again, before it is taken from whoever seems to be gone. */
const PATIENCE = 25;
const pause = (): Promise<void> => delay(10 + Math.random() * 20);

/**
 * Several names are given to a profile without a transaction: all are reserved, which makes them nobody's yet; when that
 * went well the profile is made where there was none, then they are given to it, then it is written what the names and
 * attributes are. Until they are given all of it can be taken back; after that a reader can complete it. A crash leaves
 * reservations: the next put of the same profile goes on with them, any other one takes them over after a while, and a
 * call that creates a profile takes them at once, which whoever had reserved them notices.
 */
export function createPut({
  identities,
  documents,
  erasures,
  newId,
}: Parts): Pick<ProfileRepository, 'put' | 'change'> {
  /** The profile's document, made where there was none; undefined when somebody else was first, or erased it. */
  async function ownerFor(
    known: IdentityDocument | undefined,
    first: IdentityDocument,
    attributes: Profile['attributes'],
  ): Promise<string | undefined> {
    if (known !== undefined) {
      await documents.of([known]);
      return known.profile;
    }
    const { won } = await identities.create(new Map([[first._id, first]]));
    if (!won.has(first._id)) return undefined;
    const gone = await documents.make([first], attributes);
    return gone.size === 0 ? first.profile : undefined;
  }

  /** `creation` absent: a profile that is not there is not made. */
  const put = async (
    identity: Identity,
    { identities: names = [], returning = [] }: Partial<ProfileInput>,
    attributes: Attributes,
    creation?: Creation,
  ): Promise<ProfilePut | { readonly kind: 'missing' | 'too-large' }> => {
    const made = creation ?? { id: '', at: '' };
    const first = firstIdentity(identity, made, newId());
    const further = new Map(names.map((name) => [identityId(identity, name), name]));
    further.delete(first._id);

    for (let tries = 0; ; tries += 1) {
      const there = await identities.read([first._id, ...further.keys()]);
      const owned = (id: string): IdentityDocument | undefined => {
        const found = there.get(id);
        return found?.pending === true ? undefined : found;
      };
      const known = owned(first._id);
      if (known === undefined && creation === undefined) return { kind: 'missing' };
      const taken = [...further].find(([id]) => ![undefined, known?.profile].includes(owned(id)?.profile));
      if (taken !== undefined) return conflictOver(taken[1]);

      const wanted = [...further.keys()].filter((id) => owned(id) === undefined).toSorted();
      const mark = newMark();
      const reservations = wanted.map((id) => ({
        ...nameOf(identity, further.get(id) ?? identity, (known ?? first).profile),
        pending: true,
      }));
      const reserved = await identities.reserve(reservations, mark, tries >= PATIENCE);
      const profile = reserved
        ? await ownerFor(known, first, wanted.length === 0 ? (attributes.attributes ?? {}) : {})
        : undefined;
      if (profile !== undefined && (await identities.give(wanted, mark))) {
        const written = await documents.change(profile, { names: [...further.values()], ...attributes });
        if (written.kind === 'changed') {
          await erasures.lift(identity, returning);
          return { kind: 'written', profile: written.profile };
        }
        if (written.kind === 'refused') {
          await identities.release(wanted, mark);
          return { kind: 'too-large' };
        }
        // Erased in between: the next look finds none. One that goes on being found has lost its document for good.
        if (tries > PATIENCE) throw new Outage('unavailable', 'a profile went away while it was written');
      }
      await identities.release(wanted, mark);
      await pause();
    }
  };

  return {
    // What is made where it is missing cannot be missing, and nothing bounds it here.
    put: async (identity, input, creation) =>
      (await put(identity, input, { attributes: input.attributes }, creation)) as ProfilePut,
    change: (identity, { attributes: patch = {}, withoutDevice: endpoint, limit, ...input }) =>
      put(identity, input, {
        merge: (attributes) => {
          const patched = mergePatch(attributes, patch);
          const merged = endpoint === undefined ? patched : withoutDevice(patched, endpoint);
          return JSON.stringify(merged).length > limit ? undefined : merged;
        },
      }),
  };
}

type Attributes = Pick<Parameters<ProfileDocuments['change']>[1], 'attributes' | 'merge'>;

const conflictOver = ({ namespace, value }: IdentityName): ProfilePut => ({
  kind: 'conflict',
  identity: { namespace, value },
});
