import { CHANNEL_OF_KIND, type ProviderKind, type ProviderView } from '@herald/contracts';
import type { Config } from '../config.ts';
import type { FileProvider } from './file.ts';

export type ProviderConfig = Pick<
  Config,
  | 'smtpUrl'
  | 'smtpConnections'
  | 'smtpRate'
  | 'smtpMaxConnections'
  | 'twilioAccountSid'
  | 'twilioAuthToken'
  | 'twilioUrl'
  | 'twilioConnections'
  | 'twilioRate'
  | 'twilioMaxConnections'
  | 'vapidPublicKey'
  | 'vapidPrivateKey'
  | 'vapidSubject'
  | 'pushConnections'
  | 'pushRate'
  | 'pushMaxConnections'
  | 'providers'
>;
/** With how many connections each process and lane may have. */
export type ConfiguredProvider = FileProvider & { readonly connectionsPerLane: number };
export type ConfiguredOf<K extends ProviderKind> = Extract<ConfiguredProvider, { readonly kind: K }>;

/** What the whole installation may ask of a provider; absent: as much as it takes. */
export interface ProviderLimits {
  /** Messages per second. */
  readonly rate?: number;
  /** Connections at once. */
  readonly connections?: number;
}

/** Every provider of this process's settings: the one of each kind that `HERALD_…` sets, and those of the file. */
export function configuredProviders(config: ProviderConfig): ConfiguredProvider[] {
  const { smtpUrl, twilioAccountSid, twilioAuthToken, twilioUrl, vapidPublicKey, vapidPrivateKey, vapidSubject } =
    config;
  const own: ConfiguredProvider[] = [];
  if (smtpUrl !== undefined) own.push({ ...builtIn(config, 'smtp'), kind: 'smtp', url: smtpUrl });
  if (twilioAccountSid !== undefined && twilioAuthToken !== undefined) {
    const account = { accountSid: twilioAccountSid, authToken: twilioAuthToken };
    const url = twilioUrl === undefined ? {} : { url: twilioUrl };
    own.push({ ...builtIn(config, 'twilio'), kind: 'twilio', ...account, ...url });
  }
  if (vapidPublicKey !== undefined && vapidPrivateKey !== undefined) {
    const keys = { publicKey: vapidPublicKey, privateKey: vapidPrivateKey, subject: vapidSubject };
    own.push({ ...builtIn(config, 'web-push'), kind: 'web-push', ...keys });
  }
  const further = (config.providers ?? []).map((provider): ConfiguredProvider => {
    const perLane = provider.connectionsPerLane ?? builtIn(config, provider.kind).connectionsPerLane;
    return { ...provider, connectionsPerLane: Math.min(perLane, provider.connections ?? perLane) };
  });
  return [...own, ...further];
}

export const configuredOf = <K extends ProviderKind>(config: ProviderConfig, kind: K): ConfiguredOf<K>[] =>
  configuredProviders(config).filter((provider): provider is ConfiguredOf<K> => provider.kind === kind);

export const limitsOf = (config: ProviderConfig, name: string): ProviderLimits =>
  limited(configuredProviders(config).find((provider) => provider.name === name) ?? {});

/** As the API shows them: no secrets, no addresses of servers. */
export const viewProviders = (config: ProviderConfig): ProviderView[] =>
  configuredProviders(config).map(({ name, kind, ...rest }) => ({
    name,
    kind,
    channel: CHANNEL_OF_KIND[kind],
    ...limited(rest),
  }));

const limited = ({
  rate,
  connections,
}: {
  rate?: number | undefined;
  connections?: number | undefined;
}): ProviderLimits => ({
  ...(rate === undefined ? {} : { rate }),
  ...(connections === undefined ? {} : { connections }),
});

function builtIn(config: ProviderConfig, kind: ProviderKind) {
  const [perLane, rate, connections] = {
    smtp: [config.smtpConnections, config.smtpRate, config.smtpMaxConnections] as const,
    twilio: [config.twilioConnections, config.twilioRate, config.twilioMaxConnections] as const,
    'web-push': [config.pushConnections, config.pushRate, config.pushMaxConnections] as const,
  }[kind];
  return {
    name: kind,
    connectionsPerLane: Math.min(perLane, connections ?? perLane),
    ...limited({ rate, connections }),
  };
}
