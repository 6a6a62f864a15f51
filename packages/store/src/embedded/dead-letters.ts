import type { DeadLetter, Resolution } from '@herald/contracts';
import type { DeadLetterRepository } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import type { DeadLetterRow, StoredLetter } from './operations/dead-letters.ts';
import { newestFirst, toPage } from './paging.ts';

export function createDeadLetters(call: Call): DeadLetterRepository {
  return {
    insert: async (letters) => {
      if (letters.length > 0) await call('deadLettersInsert', letters.map(toRow));
    },
    list: async (tenant, request) => {
      const slice = newestFirst(request);
      const rows = await call('deadLettersList', [...ownerOf(tenant), slice.from, slice.limit]);
      return toPage(rows, slice, ([, ...row]) => toLetter(row));
    },
    get: async (tenant, id) => {
      const row = await call('deadLettersGet', [id, ...ownerOf(tenant)]);
      return row && toLetter(row);
    },
    resolve: async (tenant, id, resolution) => {
      const row = await call('deadLettersResolve', [JSON.stringify(resolution), id, ...ownerOf(tenant)]);
      return row && toLetter(row);
    },
  };
}

const toLetter = ([body, resolution]: StoredLetter): DeadLetter => ({
  ...fromJson<DeadLetter>(body),
  ...(resolution === null ? {} : { resolution: fromJson<Resolution>(resolution) }),
});

const toRow = (letter: DeadLetter): DeadLetterRow => [letter.id, ...ownerOf(letter), letter.at, JSON.stringify(letter)];

/** Without either of the two there is no tenant: nobody may read such a letter as one's own. */
function ownerOf(
  letter: Pick<DeadLetter, 'org' | 'sandbox'> | undefined,
): [org: string, sandbox: string] | [org: null, sandbox: null] {
  return letter?.org === undefined || letter.sandbox === undefined ? [null, null] : [letter.org, letter.sandbox];
}
