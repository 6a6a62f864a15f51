import type { EventType } from '@herald/contracts';
import type { Edges, StageWorkers, Workers } from '@herald/pipeline';
import {
  ROLES,
  viewProviders,
  type Api,
  type DecorateProvider,
  type Role,
  type ServiceDeps,
} from '@herald/service-kit';

/** What a role of this process is, once it is started. */
interface Part {
  readonly workers?: Workers;
  readonly api?: Api;
  /** The ways into it in memory, by what goes in. */
  readonly edges?: Partial<EdgesInto>;
}
interface EdgesInto {
  readonly resolved: Edges<'message.resolved.v1'>;
  readonly rendered: Edges<'message.rendered.v1'>;
}
/** What was started before: the roles behind this one in the chain. */
interface Behind {
  readonly edges: Partial<EdgesInto>;
  readonly decorateProvider: DecorateProvider | undefined;
}
type Start = (deps: ServiceDeps, behind: Behind) => Promise<Part>;

interface Sender {
  start(deps: ServiceDeps, decorate?: DecorateProvider): Promise<StageWorkers<'message.rendered.v1'>>;
}
const sender =
  (load: () => Promise<Sender>): Start =>
  async (deps, { decorateProvider }) => {
    const workers = await (await load()).start(deps, decorateProvider);
    return { workers, edges: { rendered: workers.edges } };
  };

/** How each role is started. A process loads no code of roles that it does not have. */
const STARTS: Readonly<Record<Role, Start>> = {
  async ingress(deps) {
    const workers = (await import('@herald/ingress')).start(deps);
    return { workers, api: workers.api };
  },
  profile: async (deps, { edges }) => ({
    workers: await (await import('@herald/profile')).start(deps, edges.resolved),
  }),
  async render(deps, { edges }) {
    const workers = await (await import('@herald/render')).start(deps, edges.rendered);
    return { workers, edges: { resolved: workers.edges } };
  },
  'sender-email': sender(() => import('@herald/sender-email')),
  'sender-sms': sender(() => import('@herald/sender-sms')),
  'sender-push': sender(() => import('@herald/sender-push')),
  async tracker(deps) {
    const workers = await (await import('@herald/tracker')).start(deps);
    return { workers, api: workers.api };
  },
  scheduler: async (deps) => ({ workers: await (await import('@herald/scheduler')).start(deps) }),
  async control(deps) {
    const { store, bus } = deps.pipeline;
    return {
      api: (await import('@herald/control')).createControlApi({
        ...deps,
        store,
        bus,
        providers: viewProviders(deps.config),
      }),
    };
  },
};

/**
 * Starts the configured roles from the last to the first, so that each finds the edges into the next ones of this
 * process. They come back in the order in which messages travel.
 */
export async function startRoles(
  deps: ServiceDeps,
  decorateProvider: DecorateProvider | undefined,
): Promise<{ running: Workers[]; apis: Api[] }> {
  const running: Workers[] = [];
  const apis: Api[] = [];
  let edges: Partial<EdgesInto> = {};
  for (const role of ROLES.filter((one) => deps.config.roles.includes(one)).toReversed()) {
    const part = await STARTS[role](deps, { edges, decorateProvider });
    if (part.workers !== undefined) running.unshift(part.workers);
    if (part.api !== undefined) apis.unshift(part.api);
    edges = {
      ...joined('resolved', edges.resolved, part.edges?.resolved),
      ...joined('rendered', edges.rendered, part.edges?.rendered),
    };
  }
  return { running, apis };
}

/** Several roles may take the same messages, each on channels of its own. */
function joined<K extends string, T extends EventType>(
  name: K,
  ...ways: readonly (Edges<T> | undefined)[]
): Partial<Record<K, Edges<T>>> {
  const there = ways.filter((one) => one !== undefined);
  if (there.length === 0) return {};
  const all: Edges<T> = (lane, channel) => there.map((one) => one(lane, channel)).find((edge) => edge !== undefined);
  return { [name]: all } as Record<K, Edges<T>>;
}
