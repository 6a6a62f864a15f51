import { z } from 'zod';
import {
  ascending,
  certificates,
  delays,
  hosts,
  integer,
  matching,
  oneOf,
  secret,
  someOf,
  text,
  url,
} from './config-values.ts';
import { markdownTable } from './markdown.ts';
import { vapidPublicKeyOf } from './vapid-keys.ts';

export const ROLES = [
  'ingress',
  'profile',
  'render',
  'sender-email',
  'sender-sms',
  'sender-push',
  'tracker',
  'scheduler',
  'control',
] as const;
export type Role = (typeof ROLES)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Setting {
  readonly env: string;
  /** As it would be written in the environment; absent: the setting is optional. */
  readonly default?: string;
  readonly unit?: string;
  readonly meaning: string;
  readonly example: string;
}
const about = z.registry<Setting>();

const schema = z.object({
  roles: someOf(ROLES).register(about, {
    env: 'HERALD_ROLES',
    default: 'all',
    meaning: `What this process does: \`all\`, or a comma-separated list of ${ROLES.join(', ')}`,
    example: 'profile,render,sender-email',
  }),
  host: text().register(about, {
    env: 'HERALD_HOST',
    default: '127.0.0.1',
    meaning: 'The address to listen on; `0.0.0.0` for every interface',
    example: '0.0.0.0',
  }),
  port: integer(0, 65_535).register(about, {
    env: 'HERALD_PORT',
    default: '8080',
    meaning: 'The port of the HTTP API; 0 takes a free one',
    example: '8080',
  }),
  publicUrl: url(['http:', 'https:']).optional().register(about, {
    env: 'HERALD_PUBLIC_URL',
    meaning: 'How callers reach this server, for the generated calls; without it the host of the request is used',
    example: 'https://herald.example.com',
  }),
  dataDir: text().register(about, {
    env: 'HERALD_DATA',
    default: './.herald',
    meaning: 'The folder of the embedded log and store, and of the generated keys',
    example: '/var/lib/herald',
  }),
  maxDataBytes: integer(1, 1_000_000_000, 1_000_000).optional().register(about, {
    env: 'HERALD_MAX_DATA_MB',
    unit: 'MB',
    meaning: 'The most that the embedded database may grow to; beyond it calls are answered with 503',
    example: '20000',
  }),
  adminKey: secret(16).optional().register(about, {
    env: 'HERALD_ADMIN_KEY',
    meaning:
      'The first key, with every scope, at least 16 characters. Without it the first start makes one, shows it once and keeps it in `admin.key`. A key that was set before stays valid until it is revoked',
    example: 'a-long-random-text',
  }),
  keyRateLimit: integer(1, 100_000).optional().register(about, {
    env: 'HERALD_KEY_RATE_LIMIT',
    unit: 'calls/s',
    meaning:
      'How many calls per second a key without a limit of its own may make, per process; without it as many as it likes',
    example: '500',
  }),
  hmacKey: secret(32).optional().register(about, {
    env: 'HERALD_HMAC_KEY',
    meaning:
      'Keys the hashes that stand for identities and request bodies, at least 32 characters; the same in every process. Without it the first start makes one and keeps it in `hmac.key`',
    example: 'another-long-random-text-of-32-or-more',
  }),
  logLevel: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).register(about, {
    env: 'HERALD_LOG_LEVEL',
    default: 'info',
    meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`',
    example: 'debug',
  }),
  logFormat: oneOf(['auto', 'json', 'pretty']).register(about, {
    env: 'HERALD_LOG_FORMAT',
    default: 'auto',
    meaning: '`json`, `pretty`, or `auto`: pretty in a terminal, JSON elsewhere',
    example: 'json',
  }),
  smtpUrl: url(['smtp:', 'smtps:']).optional().register(about, {
    env: 'HERALD_SMTP_URL',
    meaning: 'The mail server of the provider `smtp`, with user and password where it wants them',
    example: 'smtp://user:password@mail.example.com:587',
  }),
  smtpConnections: integer(1, 1_000).register(about, {
    env: 'HERALD_SMTP_CONNECTIONS',
    default: '32',
    meaning: 'Connections to the mail server, per process and lane',
    example: '10',
  }),
  twilioAccountSid: matching(/^AC[0-9a-fA-F]{32}$/, '"AC" and 32 hexadecimal digits')
    .optional()
    .register(about, {
      env: 'HERALD_TWILIO_ACCOUNT_SID',
      meaning: 'The account of the provider `twilio`',
      example: 'AC0123456789abcdef0123456789abcdef',
    }),
  twilioAuthToken: secret(16).optional().register(about, {
    env: 'HERALD_TWILIO_AUTH_TOKEN',
    meaning: 'The token of that account',
    example: 'the-token-that-the-console-shows',
  }),
  twilioUrl: url(['http:', 'https:']).optional().register(about, {
    env: 'HERALD_TWILIO_API_URL',
    meaning: "Where the Messages API is, where that is not Twilio's own address",
    example: 'https://twilio.internal.example.com',
  }),
  twilioConnections: integer(1, 1_000).register(about, {
    env: 'HERALD_TWILIO_CONNECTIONS',
    default: '32',
    meaning: 'Connections to Twilio, per process and lane',
    example: '64',
  }),
  vapidPublicKey: matching(/^[\w-]{87}$/, 'a P-256 point of 65 bytes in base64url')
    .optional()
    .register(about, {
      env: 'HERALD_VAPID_PUBLIC_KEY',
      meaning: 'The public key for which browsers subscribe to pushes, see `GET /v1/push/public-key`',
      example: 'the-publicKey-that-npx-web-push-generate-vapid-keys-prints',
    }),
  vapidPrivateKey: matching(/^[\w-]{43}$/, '32 bytes in base64url')
    .optional()
    .register(about, {
      env: 'HERALD_VAPID_PRIVATE_KEY',
      meaning:
        'Signs pushes; the same in every process. Without it the first start makes a pair and keeps it in `vapid.key`: whoever subscribed stays subscribed for that one alone',
      example: 'the-privateKey-that-npx-web-push-generate-vapid-keys-prints',
    }),
  vapidSubject: matching(
    /^(?:mailto:[^@\s]+@[^@\s]+|https:\/\/[^\s/]+\S*)$/,
    'an address in mailto: or a URL in https:',
  ).register(about, {
    env: 'HERALD_VAPID_SUBJECT',
    default: 'mailto:herald@example.com',
    meaning: 'Where push services find somebody responsible; your own',
    example: 'mailto:ops@example.com',
  }),
  pushConnections: integer(1, 1_000).register(about, {
    env: 'HERALD_PUSH_CONNECTIONS',
    default: '64',
    meaning: 'Connections to push services, per process and lane',
    example: '64',
  }),
  allowedPrivateHosts: hosts().optional().register(about, {
    env: 'HERALD_ALLOWED_PRIVATE_HOSTS',
    meaning:
      'Hosts (`name`, or `name:port`) that pushes may go to though their addresses are not public; every other endpoint at such an address is refused',
    example: 'push.internal:8443,10.0.0.7',
  }),
  pushCa: certificates().optional().register(about, {
    env: 'HERALD_PUSH_CA',
    meaning: "A file with the certificates, in PEM, that those hosts may show in place of the system's",
    example: '/etc/herald/push-ca.pem',
  }),
  inbox: oneOf(['auto', 'off']).register(about, {
    env: 'HERALD_INBOX',
    default: 'auto',
    meaning:
      '`auto`: what is sent on a channel without an account of yours comes to servers of this process, and is shown by `/inbox`; `off`: it waits until there is an account',
    example: 'off',
  }),
  providerTimeoutMs: integer(10, 600_000).register(about, {
    env: 'HERALD_PROVIDER_TIMEOUT_MS',
    default: '20000',
    unit: 'ms',
    meaning: 'How long one call of a provider may take',
    example: '20000',
  }),
  leaseMs: integer(20, 3_600_000).register(about, {
    env: 'HERALD_LEASE_MS',
    default: '30000',
    unit: 'ms',
    meaning: "After it another worker takes over a claim without a result; longer than the provider's timeout",
    example: '30000',
  }),
  ladderMs: ascending().register(about, {
    env: 'HERALD_LADDER_MS',
    default: '1000,5000,30000,120000,600000,3600000',
    unit: 'ms',
    meaning: 'The delays on which messages wait, ascending',
    example: '1000,5000,30000',
  }),
  retryPolicyMs: delays().register(about, {
    env: 'HERALD_RETRY_MS',
    default: '1000,5000,30000,120000,600000',
    unit: 'ms',
    meaning:
      'How long to wait before the second attempt, the third, and so on; each is a rung of the ladder, and their number bounds the attempts',
    example: '1000,5000,30000',
  }),
  partitions: integer(1, 1_000).register(about, {
    env: 'HERALD_PARTITIONS',
    default: '4',
    meaning: 'Partitions of each work topic; chosen once',
    example: '4',
  }),
  // A message may live for a day: its records have to be there until the end of it.
  topicRetentionMs: integer(25, 8_760, HOUR_MS).register(about, {
    env: 'HERALD_TOPIC_RETENTION_HOURS',
    default: '72',
    unit: 'hours',
    meaning: 'How long records stay on the topics, and with them what a call sent',
    example: '72',
  }),
  recordRetentionDays: integer(2, 3_650).register(about, {
    env: 'HERALD_RECORD_RETENTION_DAYS',
    default: '7',
    unit: 'days',
    meaning: 'How long executions and the ledger are kept; longer than the topics',
    example: '30',
  }),
  emailCap: integer(0, 1_000_000).register(about, {
    env: 'HERALD_EMAIL_CAP',
    default: '100',
    unit: 'messages/hour',
    meaning: 'How many emails one address gets in an hour; what is more ends as excluded. 0: no limit',
    example: '20',
  }),
  smsCap: integer(0, 1_000_000).register(about, {
    env: 'HERALD_SMS_CAP',
    default: '20',
    unit: 'messages/hour',
    meaning: 'How many SMS one number gets in an hour; 0: no limit',
    example: '10',
  }),
  pushCap: integer(0, 1_000_000).register(about, {
    env: 'HERALD_PUSH_CAP',
    default: '100',
    unit: 'messages/hour',
    meaning: 'How many pushes one subscription gets in an hour; 0: no limit',
    example: '50',
  }),
  smsPrefixCap: integer(0, 1_000_000).register(about, {
    env: 'HERALD_SMS_PREFIX_CAP',
    default: '1000',
    unit: 'messages/hour',
    meaning:
      'How many SMS all numbers that share their first seven digits get in an hour: against SMS pumping. 0: no limit',
    example: '200',
  }),
  maxInFlight: integer(1, 100_000).register(about, {
    env: 'HERALD_MAX_IN_FLIGHT',
    default: '1000',
    unit: 'messages',
    meaning: 'What one consumer has in hand at most',
    example: '1000',
  }),
  maxLag: integer(1, 1_000_000_000).register(about, {
    env: 'HERALD_MAX_LAG',
    default: '200000',
    unit: 'messages',
    meaning: 'With more than this waiting, calls are answered with 503',
    example: '200000',
  }),
  configPollMs: integer(10, 60_000).register(about, {
    env: 'HERALD_CONFIG_POLL_MS',
    default: '500',
    unit: 'ms',
    meaning: 'How often changes of campaigns, surfaces and keys are looked for',
    example: '500',
  }),
  sweepGraceMs: integer(10, DAY_MS).register(about, {
    env: 'HERALD_SWEEP_GRACE_MS',
    default: '300000',
    unit: 'ms',
    meaning: 'So long after its deadline a message without a final state is ended as lost; longer than a lease',
    example: '300000',
  }),
  shutdownMs: integer(100, 600_000).register(about, {
    env: 'HERALD_SHUTDOWN_MS',
    default: '25000',
    unit: 'ms',
    meaning: 'How long a shutdown waits for what is in flight',
    example: '25000',
  }),
  stallMs: integer(1_000, DAY_MS).register(about, {
    env: 'HERALD_STALL_MS',
    default: '60000',
    unit: 'ms',
    meaning: 'The process ends when a consumer has work and does none of it for so long',
    example: '60000',
  }),
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
    return [name, value === undefined || value.trim() === '' ? setting.default : value];
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
  return problems;
}

/** The text of docs/configuration.md. */
export function describeConfig(): string {
  const rows = NAMES.map(settingOf).map(({ env, default: preset, unit, meaning }) => [
    `\`${env}\``,
    preset === undefined ? '' : `\`${preset}\``,
    unit ?? '',
    meaning,
  ]);
  return `# Configuration

All settings come from the environment. A wrong one stops the start: the message says which, what is wrong with it, and
an example. Generated from \`packages/service-kit/src/config.ts\` by \`node packages/service-kit/src/write-docs.ts\`.

${markdownTable(['Name', 'Default', 'Unit', 'Meaning'], rows)}
`;
}
