import type { Provider } from '@herald/channels';
import type { CampaignState, Channel } from '@herald/contracts';
import { createSenderStage, startStage, type Message, type SenderStage, type StageWorkers } from '@herald/pipeline';
import { createCapCheck } from './caps.ts';
import type { Catalog } from './catalog.ts';
import { createForgetDevice } from './forget-device.ts';
import { createProviderControls } from './providers/controls.ts';
import { createObstacleCheck } from './obstacles.ts';
import type { ServiceDeps } from './service.ts';

type Rendered = Message<'message.rendered.v1'>;

/** Stands between the stage and a provider: suites use it to hold, fail or kill at a chosen point. */
export type DecorateProvider = <C extends Channel>(provider: Provider<C>) => Provider<C>;

/**
 * Starts a channel's sender. `createProviders` is called once per lane: each has connections of its own, so that a
 * newsletter delays no one-time code.
 */
export async function startSender<C extends Channel>(
  deps: ServiceDeps,
  channel: C,
  createProviders: () => readonly Provider<C>[],
  decorate: DecorateProvider = (provider) => provider,
): Promise<StageWorkers<'message.rendered.v1'>> {
  const { pipeline, catalog, config, metrics } = deps;
  const { patience } = pipeline;
  const created: Provider<C>[] = [];
  const senders: SenderStage[] = [];
  const controls = createProviderControls(deps);

  const hashes = new WeakMap<Rendered, string>();
  /** Wanted by the checks, the cap and the claim: made once. */
  const hashOf = (message: Rendered): string => {
    const hash = hashes.get(message) ?? deps.hasher.address(message.meta, channel, message.body.address);
    hashes.set(message, hash);
    return hash;
  };
  const obstacle = createObstacleCheck(pipeline, hashOf, channel);
  const forget = createForgetDevice(deps);
  const overCap = createCapCheck(pipeline, deps.hasher, hashOf, config, channel);

  const stage = await startStage(pipeline, {
    stage: `sender-${channel}`,
    channels: [channel],
    input: { type: 'message.rendered.v1', step: 'rendered' },
    run: (lane) => {
      const providers = createProviders();
      created.push(...providers);
      const sender = createSenderStage({
        channel,
        providers: providers.map(decorate),
        controls: (provider) => controls.of(provider, lane),
        clock: pipeline.runtime.clock,
        callMs: config.providerTimeoutMs,
        surface: ({ meta, body }) =>
          catalog.peekSurface(meta, body.surfaceId) ?? patience.persist(() => catalog.surface(meta, body.surfaceId)),
        standing: (message) => (isLive(catalog, message) ? 'live' : patience.persist(() => standing(catalog, message))),
        obstacle,
        overCap,
        hashOf,
        onReply: (provider, reply, message) => {
          metrics.providerReply(provider, reply.kind, reply.kind === 'accepted' ? 'accepted' : reply.code);
          if (channel === 'push' && reply.kind === 'permanent' && reply.code === 'subscription-gone') forget(message);
        },
      });
      senders.push(sender);
      return sender.run;
    },
  });
  return {
    ...stage,
    async close() {
      await stage.close();
      await Promise.all(senders.map((sender) => sender.close()));
      await Promise.all(created.map((provider) => provider.close()));
    },
  };
}

/** The cache is believed where it says `live`; every other answer is read through before it is given. */
const isLive = (catalog: Catalog, { meta, body }: Rendered): boolean =>
  standingOf(catalog.peekCampaign(meta, body.campaignId)?.head.state, body) === 'live';

async function standing(catalog: Catalog, { meta, body }: Rendered): Promise<'live' | 'paused' | 'stopped'> {
  return standingOf((await catalog.refreshCampaign(meta, body.campaignId))?.head.state, body);
}

function standingOf(state: CampaignState | undefined, { proof }: Rendered['body']): 'live' | 'paused' | 'stopped' {
  // A campaign is never deleted; one that is missing all the same is treated as stopped rather than sent.
  if (state === undefined) return 'stopped';
  // A proof is of a version, and is there to look at it before calls use it.
  if (proof === true) return state === 'stopped' || state === 'archived' ? 'stopped' : 'live';
  return state === 'live' || state === 'paused' ? state : 'stopped';
}
