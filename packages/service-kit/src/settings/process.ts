import { integer, oneOf, someOf, text, url } from '../config-values.ts';
import { about } from './setting.ts';

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

const DAY_MS = 24 * 3_600_000;

export const processSettings = {
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
};
