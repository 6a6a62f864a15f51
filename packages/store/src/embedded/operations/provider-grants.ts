import type { DatabaseSync } from 'node:sqlite';
import { leaseConnections, leaseRate, NO_GRANTS, type GrantState } from '../../grants.ts';
import { fromJson } from '../../json.ts';
import type { ConnectionGrant, ConnectionRequest, RateGrant, RateRequest } from '../../port.ts';
import { prepare } from '../statement.ts';

export function providerGrantOperations(db: DatabaseSync) {
  const get = prepare<[string]>(db, 'SELECT body FROM provider_grants WHERE provider = ?');
  const put = prepare(db, 'INSERT INTO provider_grants VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body');

  function lease<R extends { readonly provider: string }, G>(
    requests: readonly R[],
    by: (state: GrantState, request: R, now: number) => readonly [GrantState, G],
  ): G[] {
    return requests.map((request) => {
      const row = get.get(request.provider);
      const [state, grant] = by(row === undefined ? NO_GRANTS : fromJson<GrantState>(row[0]), request, Date.now());
      put.run(request.provider, JSON.stringify(state));
      return grant;
    });
  }

  return {
    grantsRate: (requests: readonly RateRequest[]): RateGrant[] => lease(requests, leaseRate),
    grantsConnections: (requests: readonly ConnectionRequest[]): ConnectionGrant[] => lease(requests, leaseConnections),
  };
}
