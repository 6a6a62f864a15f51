import { gather, type Pipeline } from '@herald/pipeline';
import type { Hasher } from '@herald/service-kit';
import type { CapRequest, Resolved, ResolveRequest } from '@herald/store';

/** `capped`: the profile may not be created in this minute; `until` is its end, milliseconds since the epoch. */
export type Resolution = Resolved | { readonly kind: 'capped'; readonly until: number };
export type Resolver = (request: ResolveRequest) => Promise<Resolution>;

const MINUTE_MS = 60_000;
const MAX_ITEMS = 500;

/**
 * Looks profiles up, and creates those that are asked for, a batch at a time. With a cap each sandbox gets so many new
 * ones in a minute; those that are there are looked up first and by themselves, so that they never wait for new ones.
 */
export function createResolver(
  { store, patience, runtime }: Pick<Pipeline, 'store' | 'patience' | 'runtime'>,
  hasher: Hasher,
  cap: number,
): Resolver {
  const resolve = gather(
    (requests: readonly ResolveRequest[]) => patience.persist(() => store.profiles.resolve(requests)),
    { maxItems: MAX_ITEMS },
  );
  if (cap === 0) return resolve;

  const create = gather(
    async (requests: readonly ResolveRequest[]): Promise<Resolution[]> => {
      const now = runtime.clock.now();
      const window = now - (now % MINUTE_MS);
      // Two messages to one person are one new profile.
      const wanted = new Map(requests.map((request) => [keyOf(hasher, request), request]));
      const caps = [...wanted.values()].map((request): CapRequest => {
        const { org, sandbox } = request;
        return { org, sandbox, key: 'profile-creation', window, limit: cap };
      });
      const taken = await patience.persist(() => store.caps.take(caps));
      const granted = new Set([...wanted.keys()].filter((_, index) => taken[index]));
      const allowed = requests.filter((request) => granted.has(keyOf(hasher, request)));
      const created = await patience.persist(() => store.profiles.resolve(allowed));
      const answers = new Map(allowed.map((request, index) => [request, created[index] as Resolved]));
      return requests.map((request) => answers.get(request) ?? { kind: 'capped', until: window + MINUTE_MS });
    },
    { maxItems: MAX_ITEMS },
  );

  return async (request) => {
    const { create: creation, ...lookUp } = request;
    const found = await resolve(lookUp);
    return found.kind === 'unknown' && creation !== undefined ? create(request) : found;
  };
}

const keyOf = (hasher: Hasher, { org, sandbox, namespace, value }: ResolveRequest): string =>
  hasher.identity({ org, sandbox }, namespace, value);
