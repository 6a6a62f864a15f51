import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Misconfigured } from '@herald/contracts';
import type { Config } from './config.ts';
import { newKey } from './keys.ts';
import { newVapidPrivateKey, vapidPublicKeyOf } from './vapid-keys.ts';

type SecretSettings = Pick<Config, 'adminKey' | 'hmacKey' | 'vapidPrivateKey' | 'dataDir'>;

/** What every process of an installation must have alike. */
export interface SharedSecrets {
  readonly hmacKey: string;
  /** Absent: the first key is made known by another process. */
  readonly adminKey?: string;
  /** The keys that sign pushes (RFC 8292), in base64url. Absent: this process sends none. */
  readonly vapid?: { readonly publicKey: string; readonly privateKey: string };
}

export interface Secrets extends Required<SharedSecrets> {
  /** What this start made; a new admin key is to be shown once. */
  readonly created: { readonly adminKey: boolean; readonly hmacKey: boolean; readonly vapid: boolean };
}

/**
 * The secrets of the configuration, else those of the data folder, which are made on the first start. Whoever calls
 * it must hold the data folder alone. Throws when a stored secret is damaged: a new one in its place would take
 * repeated requests for new ones, and nobody would be subscribed to pushes any more.
 */
export function loadSecrets(config: SecretSettings): Secrets {
  const admin = load(config.adminKey, join(config.dataDir, 'admin.key'), newKey);
  const hmac = load(config.hmacKey, join(config.dataDir, 'hmac.key'), () => randomBytes(32).toString('base64url'));
  const vapid = load(config.vapidPrivateKey, join(config.dataDir, 'vapid.key'), newVapidPrivateKey);
  return {
    adminKey: admin.value,
    hmacKey: hmac.value,
    vapid: vapidOf(vapid.value, config.dataDir),
    created: { adminKey: admin.created, hmacKey: hmac.created, vapid: vapid.created },
  };
}

/**
 * The secrets of one process of many: those of the configuration, else those that `--prepare` left in the data folder.
 * None is ever made here: another process would have another one. Throws `Misconfigured` with what is missing.
 */
export function presentSecrets(config: SecretSettings & Pick<Config, 'roles'>): SharedSecrets {
  const missing: string[] = [];
  const present = (configured: string | undefined, file: string, setting?: string): string | undefined => {
    const value = configured ?? read(join(config.dataDir, file));
    if (value === undefined && setting !== undefined) missing.push(setting);
    return value;
  };
  const adminKey = present(config.adminKey, 'admin.key');
  const hmacKey = present(config.hmacKey, 'hmac.key', 'HERALD_HMAC_KEY');
  const pushes = config.roles.includes('sender-push');
  const privateKey = present(config.vapidPrivateKey, 'vapid.key', pushes ? 'HERALD_VAPID_PRIVATE_KEY' : undefined);
  if (hmacKey === undefined || missing.length > 0) {
    throw new Misconfigured(
      `${missing.join(', ')} must be set, alike in every process, or be in HERALD_DATA, where a start with --prepare puts it`,
    );
  }
  return {
    hmacKey,
    ...(adminKey === undefined ? {} : { adminKey }),
    ...(privateKey === undefined ? {} : { vapid: vapidOf(privateKey, config.dataDir) }),
  };
}

function vapidOf(privateKey: string, dataDir: string): Secrets['vapid'] {
  const publicKey = vapidPublicKeyOf(privateKey);
  if (publicKey === undefined) throw damaged(join(dataDir, 'vapid.key'));
  return { publicKey, privateKey };
}

function load(configured: string | undefined, file: string, make: () => string): { value: string; created: boolean } {
  if (configured !== undefined) return { value: configured, created: false };
  const stored = read(file);
  if (stored !== undefined) return { value: stored, created: false };
  const value = make();
  write(file, value);
  return { value, created: true };
}

const damaged = (file: string): Error =>
  new Error(`${file} does not hold a key: restore it, or delete it for a new one`);

function read(file: string): string | undefined {
  let value: string;
  try {
    value = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (Error.isError(error) && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  if (!/^[\w-]{32,}$/.test(value)) throw damaged(file);
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  return value;
}

/** Whole or not at all: a crash must not leave half a key behind. */
function write(file: string, value: string): void {
  const draft = `${file}.new`;
  const descriptor = openSync(draft, 'w', 0o600);
  try {
    writeSync(descriptor, `${value}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, file);
}
