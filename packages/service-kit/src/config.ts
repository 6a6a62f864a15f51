import { z } from 'zod';
import { markdownTable } from './markdown.ts';
import { deliverySettings } from './settings/delivery.ts';
import { feedbackSettings } from './settings/feedback.ts';
import { flowSettings } from './settings/flow.ts';
import { kafkaSettings } from './settings/kafka.ts';
import { keysSettings } from './settings/keys.ts';
import { mongoSettings } from './settings/mongo.ts';
import { processSettings } from './settings/process.ts';
import { providersSettings } from './settings/providers.ts';
import { quarantineSettings } from './settings/quarantine.ts';
import { about, type Setting } from './settings/setting.ts';
import { webhookSettings } from './settings/webhooks.ts';
import { vapidPublicKeyOf } from './vapid-keys.ts';

const DAY_MS = 24 * 3_600_000;

/** The settings, by what they are about. */
const CHAPTERS = {
  'The process': processSettings,
  'Keys and secrets': keysSettings,
  Providers: providersSettings,
  Delivery: deliverySettings,
  Quarantine: quarantineSettings,
  Feedback: feedbackSettings,
  Webhooks: webhookSettings,
  'Flow and retention': flowSettings,
  Kafka: kafkaSettings,
  MongoDB: mongoSettings,
};
const schema = z.object({
  ...processSettings,
  ...keysSettings,
  ...providersSettings,
  ...deliverySettings,
  ...quarantineSettings,
  ...feedbackSettings,
  ...webhookSettings,
  ...flowSettings,
  ...kafkaSettings,
  ...mongoSettings,
});

/** All settings. Durations are milliseconds where the name ends in `Ms`, sizes bytes. */
export type Config = z.output<typeof schema>;
export type Environment = Readonly<Record<string, string | undefined>>;

function settingOf(name: keyof Config): Setting {
  const setting = about.get(schema.shape[name]);
  if (setting === undefined) throw new Error(`the setting ${name} is not described`);
  return setting;
}
const NAMES = schema.keyof().options;

/**
 * Reads the settings. Each problem is one line: the name, what is wrong, an example; never a value, which may be secret.
 * An empty variable counts as absent.
 */
export function loadConfig(
  env: Environment,
): { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: string[] } {
  const input = NAMES.map((name) => {
    const setting = settingOf(name);
    const value = env[setting.env];
    if (value === undefined || value.trim() === '') return [name, setting.default];
    return [name, name === 'providers' ? { path: value.trim(), env } : value];
  });
  const parsed = schema.safeParse(Object.fromEntries(input));
  if (!parsed.success) {
    return {
      ok: false,
      problems: parsed.error.issues.flatMap(({ path, message }) =>
        NAMES.filter((name) => name === path[0]).map((name) => problem(name, message)),
      ),
    };
  }
  const problems = disagreements(parsed.data);
  return problems.length === 0 ? { ok: true, config: parsed.data } : { ok: false, problems };
}

function problem(name: keyof Config, wrong: string): string {
  const { env, example } = settingOf(name);
  return `${env} ${wrong}, for example ${env}=${example}`;
}

/** The first of each is worth nothing without the second. */
const PAIRS = [
  ['twilioAccountSid', 'twilioAuthToken'],
  ['twilioAuthToken', 'twilioAccountSid'],
  ['twilioUrl', 'twilioAccountSid'],
  ['vapidPublicKey', 'vapidPrivateKey'],
  ['vapidPrivateKey', 'vapidPublicKey'],
  ['bounceSmtpPort', 'bounceDomain'],
  ['kafkaBrokers', 'mongoUrl'],
  ['mongoUrl', 'kafkaBrokers'],
  ['kafkaSasl', 'kafkaUsername'],
  ['kafkaSasl', 'kafkaPassword'],
  ['kafkaUsername', 'kafkaSasl'],
  ['kafkaTlsCert', 'kafkaTlsKey'],
  ['kafkaTlsKey', 'kafkaTlsCert'],
] as const;

/** What settings must be to each other. */
function disagreements(config: Config): string[] {
  const problems: string[] = [];
  for (const [one, other] of PAIRS) {
    if (config[one] !== undefined && config[other] === undefined) {
      problems.push(problem(other, `must be set where ${settingOf(one).env} is`));
    }
  }
  const { vapidPublicKey, vapidPrivateKey } = config;
  if (vapidPublicKey !== undefined && vapidPrivateKey !== undefined) {
    if (vapidPublicKeyOf(vapidPrivateKey) !== vapidPublicKey) {
      problems.push(problem('vapidPrivateKey', 'must be the private key of HERALD_VAPID_PUBLIC_KEY'));
    }
  }
  if (config.leaseMs <= config.providerTimeoutMs) {
    problems.push(problem('leaseMs', 'must be greater than HERALD_PROVIDER_TIMEOUT_MS'));
  }
  if (config.sweepGraceMs <= config.leaseMs) {
    problems.push(problem('sweepGraceMs', 'must be greater than HERALD_LEASE_MS'));
  }
  if (!config.retryPolicyMs.every((delayMs) => config.ladderMs.includes(delayMs))) {
    problems.push(problem('retryPolicyMs', 'must have values of HERALD_LADDER_MS only'));
  }
  if (config.recordRetentionDays * DAY_MS <= config.topicRetentionMs) {
    problems.push(problem('recordRetentionDays', 'must be longer than HERALD_TOPIC_RETENTION_HOURS'));
  }
  if (config.kafkaMinInSyncReplicas > config.kafkaReplicationFactor) {
    problems.push(problem('kafkaMinInSyncReplicas', 'must not be more than HERALD_KAFKA_REPLICATION_FACTOR'));
  }
  if (config.kafkaHeartbeatMs * 2 > config.kafkaSessionTimeoutMs) {
    problems.push(problem('kafkaHeartbeatMs', 'must be at most half of HERALD_KAFKA_SESSION_TIMEOUT_MS'));
  }
  return problems;
}

/** Whether this process has its own log and store, or shares them with others. */
export const isDistributed = ({ mongoUrl }: Pick<Config, 'mongoUrl'>): boolean => mongoUrl !== undefined;

/** The text of docs/configuration.md. */
export function describeConfig(): string {
  const chapters = Object.entries(CHAPTERS).map(([title, settings]) => {
    const rows = NAMES.filter((name) => name in settings)
      .map(settingOf)
      .map(({ env, default: preset, unit, meaning }) => [
        `\`${env}\``,
        preset === undefined ? '' : `\`${preset}\``,
        unit ?? '',
        meaning,
      ]);
    return `## ${title}\n\n${markdownTable(['Name', 'Default', 'Unit', 'Meaning'], rows)}\n`;
  });
  return `# Configuration

All settings come from the environment. A wrong one stops the start: the message says which, what is wrong with it, and
an example. Generated from \`packages/service-kit/src/settings\` by \`node packages/service-kit/src/write-docs.ts\`.

${chapters.join('\n')}`;
}
