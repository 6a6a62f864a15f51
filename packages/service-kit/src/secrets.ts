import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { newKey } from './keys.ts';
import { newVapidPrivateKey, vapidPublicKeyOf } from './vapid-keys.ts';

export interface Secrets {
  readonly adminKey: string;
  readonly hmacKey: string;
  /** The keys that sign pushes (RFC 8292), in base64url. */
  readonly vapid: { readonly publicKey: string; readonly privateKey: string };
  /** What this start made; a new admin key is to be shown once. */
  readonly created: { readonly adminKey: boolean; readonly hmacKey: boolean; readonly vapid: boolean };
}

/**
 * The secrets of the configuration, else those of the data folder, which are made on the first start. Whoever calls
 * it must hold the data folder alone. Throws when a stored secret is damaged: a new one in its place would take
 * repeated requests for new ones, and nobody would be subscribed to pushes any more.
 */
export function loadSecrets(config: Pick<Config, 'adminKey' | 'hmacKey' | 'vapidPrivateKey' | 'dataDir'>): Secrets {
  const admin = load(config.adminKey, join(config.dataDir, 'admin.key'), newKey);
  const hmac = load(config.hmacKey, join(config.dataDir, 'hmac.key'), () => randomBytes(32).toString('base64url'));
  const vapidFile = join(config.dataDir, 'vapid.key');
  const vapid = load(config.vapidPrivateKey, vapidFile, newVapidPrivateKey);
  const publicKey = vapidPublicKeyOf(vapid.value);
  if (publicKey === undefined) throw damaged(vapidFile);
  return {
    adminKey: admin.value,
    hmacKey: hmac.value,
    vapid: { publicKey, privateKey: vapid.value },
    created: { adminKey: admin.created, hmacKey: hmac.created, vapid: vapid.created },
  };
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
