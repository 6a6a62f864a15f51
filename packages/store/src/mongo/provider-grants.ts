import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mongoose';
import { leaseConnections, leaseRate, NO_GRANTS, type GrantState } from '../grants.ts';
import { fromJson } from '../json.ts';
import type { ProviderGrantRepository } from '../port.ts';
import { insertOnce } from './insert-once.ts';
import type { Models } from './models.ts';

/** The servers may change, and clocks drift: what is known of the server's is looked at again after this. */
const KNOWN_FOR_MS = 10_000;

/** Milliseconds since the epoch by the server's clock. Processes whose clocks differ agree on it. */
function createServerClock(connection: Connection): () => Promise<number> {
  let offset = 0;
  let knownUntil = 0;
  return async () => {
    if (performance.now() >= knownUntil) {
      const from = performance.now();
      const answer = await connection.db?.admin().command({ hello: 1 });
      const to = performance.now();
      offset = Number(answer?.['localTime'] ?? Date.now()) - (from + to) / 2;
      knownUntil = to + KNOWN_FOR_MS;
    }
    return Math.round(performance.now() + offset);
  };
}

/** Each lease is a compare-and-set of what is leased of the provider: few at once want it, each once in a while. */
export function createProviderGrants(
  { providerGrants }: Pick<Models, 'providerGrants'>,
  connection: Connection,
): ProviderGrantRepository {
  const serverNow = createServerClock(connection);

  async function lease<R extends { readonly provider: string }, G>(
    request: R,
    by: (state: GrantState, request: R, now: number) => readonly [GrantState, G],
  ): Promise<G> {
    const _id = request.provider;
    for (let tries = 1; ; tries += 1) {
      const found = await providerGrants.findById(_id).lean();
      const [state, grant] = by(found === null ? NO_GRANTS : fromJson(found.body), request, await serverNow());
      const body = JSON.stringify(state);
      if (found === null) {
        const [inserted] = await insertOnce(providerGrants, [{ _id, revision: 1, body }]);
        if (inserted) return grant;
      } else {
        const { revision } = found;
        const { modifiedCount } = await providerGrants.updateOne(
          { _id, revision },
          { $set: { revision: revision + 1, body } },
        );
        if (modifiedCount === 1) return grant;
      }
      // Several at once: not all of them in step again.
      await sleep(Math.random() * Math.min(100, 2 ** tries));
    }
  }

  async function each<R, G>(requests: readonly R[], one: (request: R) => Promise<G>): Promise<G[]> {
    const grants: G[] = [];
    for (const request of requests) grants.push(await one(request));
    return grants;
  }

  return {
    leaseRate: (requests) => each(requests, (request) => lease(request, leaseRate)),
    leaseConnections: (requests) => each(requests, (request) => lease(request, leaseConnections)),
  };
}
