import type { DeadLetter, Resolution } from '@herald/contracts';
import { fromJson } from '../json.ts';
import type { DeadLetterRepository } from '../port.ts';
import { idOf, type Owner } from './ids.ts';
import { insertOnce } from './insert-once.ts';
import type { Models, DeadLetterDocument } from './models.ts';
import { BY_TENANT, newestFirst, readSlice, toPage } from './paging.ts';

export function createDeadLetters({ deadLetters }: Models, newId: () => string): DeadLetterRepository {
  return {
    insert: async (letters) => {
      await insertOnce(
        deadLetters,
        letters.map((letter) => {
          const owner = ownerOf(letter);
          return {
            _id: idOf(owner, letter.id),
            tenant: idOf(owner),
            place: newId(),
            at: letter.at,
            body: JSON.stringify(letter),
          };
        }),
      );
    },
    list: async (tenant, request) => {
      const slice = newestFirst('place', request);
      const found = await readSlice(deadLetters, { tenant: idOf(ownerOf(tenant)) }, slice, BY_TENANT);
      return toPage(found, slice, toLetter);
    },
    get: async (tenant, id) => {
      const found = await deadLetters.findById(idOf(ownerOf(tenant), id)).lean<DeadLetterDocument>();
      return found === null ? undefined : toLetter(found);
    },
    resolve: async (tenant, id, resolution) => {
      const _id = idOf(ownerOf(tenant), id);
      await deadLetters.updateOne({ _id, resolution: { $exists: false } }, { resolution: JSON.stringify(resolution) });
      const found = await deadLetters.findById(_id).lean<DeadLetterDocument>();
      return found === null ? undefined : toLetter(found);
    },
  };
}

/** Without either of the two there is no tenant: nobody may read such a letter as one's own. */
const ownerOf = (letter: Pick<DeadLetter, 'org' | 'sandbox'> | undefined): Owner =>
  letter?.org === undefined || letter.sandbox === undefined
    ? { org: null, sandbox: null }
    : { org: letter.org, sandbox: letter.sandbox };

const toLetter = ({ body, resolution }: DeadLetterDocument): DeadLetter => ({
  ...fromJson<DeadLetter>(body),
  ...(resolution === undefined ? {} : { resolution: fromJson<Resolution>(resolution) }),
});
