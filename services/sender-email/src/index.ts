import { createSmtpProvider, type Provider } from '@herald/channels';
import { createSenderStage, gather, startStage, type Message, type StageWorkers } from '@herald/pipeline';
import type { Catalog, ServiceDeps } from '@herald/service-kit';

type Rendered = Message<'message.rendered.v1'>;

/** Starts the role. Each lane has connections of its own, so that a newsletter delays no one-time code. */
export async function start(
  deps: ServiceDeps,
  decorate: (provider: Provider) => Provider = (provider) => provider,
): Promise<StageWorkers<'message.rendered.v1'>> {
  const { pipeline, catalog, config, metrics } = deps;
  const { patience, store } = pipeline;
  const providers: Provider[] = [];

  const createProviders = (): Provider[] => {
    if (config.smtpUrl === undefined) return [];
    const smtp = createSmtpProvider({
      name: 'smtp',
      url: config.smtpUrl,
      connections: config.smtpConnections,
      timeoutMs: config.providerTimeoutMs,
    });
    providers.push(smtp);
    return [decorate(smtp)];
  };
  const suppressed = gather(
    (batch: readonly Rendered[]) =>
      patience.persist(() =>
        store.suppressions.check(
          batch.map(({ meta, body }) => {
            const { org, sandbox } = meta;
            return { org, sandbox, channel: body.channel, address: body.address };
          }),
        ),
      ),
    { maxItems: 500 },
  );

  const stage = await startStage(pipeline, {
    stage: 'sender-email',
    channels: ['email'],
    input: { type: 'message.rendered.v1', step: 'rendered' },
    run: () =>
      createSenderStage({
        providers: createProviders(),
        callMs: config.providerTimeoutMs,
        surface: ({ meta, body }) =>
          catalog.peekSurface(meta, body.surfaceId) ?? patience.persist(() => catalog.surface(meta, body.surfaceId)),
        standing: (message) => (isLive(catalog, message) ? 'live' : patience.persist(() => standing(catalog, message))),
        suppressed,
        onReply: (provider, reply) =>
          metrics.providerReply(provider, reply.kind, reply.kind === 'accepted' ? 'accepted' : reply.code),
      }),
  });
  return {
    ...stage,
    async close() {
      await stage.close();
      await Promise.all(providers.map((provider) => provider.close()));
    },
  };
}

/** The cache is believed where it says `live`; every other answer is read through before it is given. */
const isLive = (catalog: Catalog, { meta, body }: Rendered): boolean =>
  catalog.peekCampaign(meta, body.campaignId)?.head.state === 'live';

async function standing(catalog: Catalog, { meta, body }: Rendered): Promise<'live' | 'paused' | 'stopped'> {
  const state = (await catalog.refreshCampaign(meta, body.campaignId))?.head.state;
  // A campaign is never deleted; one that is missing all the same is treated as stopped rather than sent.
  return state === 'live' || state === 'paused' ? state : 'stopped';
}
