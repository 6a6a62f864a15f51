import type { DeadLetter, Surface } from '@herald/contracts';
import type {
  CampaignHead,
  CampaignVersion,
  CapRepository,
  CapRequest,
  CampaignRepository,
  DeadLetterRepository,
  EndingRepository,
  ExecutionRecord,
  ExecutionRepository,
  KeyRepository,
  Profile,
  ProfileRepository,
  ProviderGrantRepository,
  Store,
  StoredExecution,
  SuppressionRepository,
  SurfaceRepository,
  SweepMark,
} from '@herald/store';
import { leaseConnections, leaseRate, NO_GRANTS, type GrantState } from '../../packages/store/src/grants.ts';
import type { History } from './history.ts';
import type { Host } from './host.ts';
import type { SimulatedLedger } from './ledger.ts';
import { only } from './only.ts';
import { short } from './trace.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What is stored, and outlives every process. The simulation reads and changes it without a call. */
export interface Stored {
  readonly ledger: SimulatedLedger;
  readonly executions: Map<string, Mutable<StoredExecution>>;
  readonly byRequest: Map<string, Mutable<StoredExecution>>;
  readonly campaigns: Map<string, { head: CampaignHead; readonly version: CampaignVersion }>;
  readonly surfaces: ReadonlyMap<string, Surface>;
  readonly profiles: Map<string, Profile>;
  readonly suppressed: Set<string>;
  readonly deadLetters: Map<string, DeadLetter>;
  readonly caps: Map<string, number>;
  readonly grants: Map<string, GrantState>;
  revision: number;
  swept: SweepMark | undefined;
}

/** The store as one process has it: the repositories that the way of a message needs, and no more of them. */
export function createSimulatedStore(host: Host, stored: Stored, history: History, now: () => number): Store {
  const call = <T>(what: string, effect: () => T): Promise<T> => host.call('store', what, effect);

  const insert = (record: ExecutionRecord): Awaited<ReturnType<ExecutionRepository['insert']>>[number] => {
    const key = `${record.campaignId}\n${record.requestId}`;
    const there = stored.byRequest.get(key);
    if (there !== undefined) return { inserted: false, stored: { ...there } };
    const execution = { ...record, confirmed: false };
    stored.byRequest.set(key, execution);
    stored.executions.set(record.executionId, execution);
    return { inserted: true };
  };

  const take = ({ key, window, limit }: CapRequest): boolean => {
    const name = `${window} ${key}`;
    const used = stored.caps.get(name) ?? 0;
    if (used >= limit) return false;
    stored.caps.set(name, used + 1);
    return true;
  };

  function lease<R extends { readonly provider: string }, G>(
    request: R,
    by: (state: GrantState, request: R, at: number) => readonly [GrantState, G],
  ): G {
    const [state, grant] = by(stored.grants.get(request.provider) ?? NO_GRANTS, request, now());
    stored.grants.set(request.provider, state);
    return grant;
  }

  const executions: Partial<ExecutionRepository> = {
    insert: (records) => call('inserts executions', () => records.map(insert)),
    confirm: (ids) =>
      call('confirms executions', () => {
        for (const id of ids) {
          const execution = stored.executions.get(id);
          if (execution !== undefined) execution.confirmed = true;
        }
      }),
    findByRequest: (_tenant, campaignId, requestId) =>
      call('looks for a request', () => copyOf(stored.byRequest.get(`${campaignId}\n${requestId}`))),
    get: (_tenant, id) => call(`reads execution ${short(id)}`, () => copyOf(stored.executions.get(id))),
    cancel: (id, cancellation) =>
      call(`cancels ${short(id)}`, () => {
        const execution = stored.executions.get(id);
        if (execution !== undefined) execution.cancelled ??= cancellation;
      }),
    cancelled: (ids) =>
      call('asks for cancels', () => ids.map((id) => stored.executions.get(id)?.cancelled !== undefined)),
    overdue: ({ after, before, limit }) =>
      call('looks for what is overdue', () =>
        [...stored.executions.values()]
          .filter((one) => one.deadline < before && (after === undefined || isAfter(one, after)))
          .toSorted((a, b) => (isAfter(a, b) ? 1 : -1))
          .slice(0, limit)
          .map((one) => ({ ...one })),
      ),
    sweptTo: () => call('asks how far was swept', () => stored.swept),
    markSwept: (mark) =>
      call('marks how far was swept', () => {
        stored.swept = mark;
      }),
  };

  const profiles: Partial<ProfileRepository> = {
    resolve: (requests) =>
      call('resolves profiles', () =>
        requests.map(({ namespace, value, create }) => {
          const found = stored.profiles.get(value);
          if (found !== undefined) return { kind: 'found', profile: found } as const;
          if (create === undefined) return { kind: 'unknown' } as const;
          const identities = [{ namespace, value }];
          const profile: Profile = { id: create.id, identities, attributes: {}, createdAt: create.at };
          stored.profiles.set(value, profile);
          return { kind: 'created', profile } as const;
        }),
      ),
  };

  const suppressions: Partial<SuppressionRepository> = {
    check: (addresses) =>
      call('checks suppressions', () =>
        addresses.map(({ address }) => {
          const suppressed = stored.suppressed.has(address);
          if (!suppressed) history.checks.set(`${host.name} ${address}`, now());
          return suppressed ? ({ kind: 'suppressed', by: 'address' } as const) : undefined;
        }),
      ),
  };

  const campaigns: Partial<CampaignRepository> = {
    get: (_tenant, id) =>
      call('reads a campaign', () => {
        const found = stored.campaigns.get(id);
        return found && { head: found.head, newest: found.version };
      }),
    getVersion: (_tenant, id, version) =>
      call('reads a version', () => {
        const found = stored.campaigns.get(id)?.version;
        return found?.version === version ? found : undefined;
      }),
  };

  return only<Store>('store', {
    ledger: stored.ledger.port(host),
    executions: only<ExecutionRepository>('executions', executions),
    profiles: only<ProfileRepository>('profiles', profiles),
    suppressions: only<SuppressionRepository>('suppressions', suppressions),
    campaigns: only<CampaignRepository>('campaigns', campaigns),
    surfaces: only<SurfaceRepository>('surfaces', {
      get: (_tenant, id) => call('reads a surface', () => stored.surfaces.get(id)),
    }),
    endings: only<EndingRepository>('endings', {
      insert: () => call('keeps how messages ended', () => undefined),
    }),
    deadLetters: only<DeadLetterRepository>('dead letters', {
      insert: (letters) =>
        call('inserts dead letters', () => {
          for (const letter of letters) {
            if (!stored.deadLetters.has(letter.id)) stored.deadLetters.set(letter.id, letter);
          }
        }),
    }),
    keys: only<KeyRepository>('keys', {}),
    caps: only<CapRepository>('caps', {
      take: (requests) => call('counts', () => requests.map(take)),
    }),
    providerGrants: only<ProviderGrantRepository>('provider grants', {
      leaseRate: (requests) => call('leases of the rate', () => requests.map((one) => lease(one, leaseRate))),
      leaseConnections: (requests) =>
        call('leases connections', () => requests.map((one) => lease(one, leaseConnections))),
    }),
    configRevision: () => call('asks for the revision', () => stored.revision),
    prune: () => Promise.resolve(false),
    failed: new Promise(() => {}),
    close: () => Promise.resolve(),
  });
}

const copyOf = (execution: StoredExecution | undefined): StoredExecution | undefined => execution && { ...execution };

const isAfter = (one: SweepMark, other: SweepMark): boolean =>
  one.deadline > other.deadline || (one.deadline === other.deadline && one.executionId > other.executionId);
