import { API, CHANNEL_OF_KIND, type Channel, type ProviderView } from '@herald/contracts';
import { reply, type ApiBuilder } from '@herald/service-kit';
import type { ControlDeps } from './rest.ts';

export function routeProviders(api: ApiBuilder, { providers }: ControlDeps): void {
  api.handle(API.listProviders, async () => reply(200, { items: [...providers] }));
}

/** The channel that a provider sends on; undefined where this process knows nothing of it. */
export function channelOfProvider(name: string, providers: readonly ProviderView[]): Channel | undefined {
  const known = providers.find((provider) => provider.name === name);
  // Those of the settings are the senders' to know: they may be configured there and not here.
  return (
    known?.channel ?? (name in CHANNEL_OF_KIND ? CHANNEL_OF_KIND[name as keyof typeof CHANNEL_OF_KIND] : undefined)
  );
}
