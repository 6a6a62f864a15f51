import { hash, randomBytes } from 'node:crypto';
import { scopeSchema, type Runtime } from '@herald/contracts';
import type { Store } from '@herald/store';

/** Where the first key belongs. */
const HOME = { org: 'herald', sandbox: 'prod' };

/** A new key: 256 random bits that nobody but its owner ever has. */
export const newKey = (): string => `hk_${randomBytes(32).toString('base64url')}`;

/** What is stored of a key. A key is random and long, so a plain hash is enough: there is nothing to guess. */
export const hashKey = (key: string): string => hash('sha256', key, 'hex');

/** Makes the installation's first key known to the store. It is left as it is where it is known, revoked or not. */
export async function ensureAdminKey(
  store: Pick<Store, 'keys'>,
  { clock, newId }: Runtime,
  adminKey: string,
): Promise<void> {
  const keyHash = hashKey(adminKey);
  if ((await store.keys.findByHash(keyHash)) !== undefined) return;
  await store.keys.insert({
    ...HOME,
    id: newId(),
    name: 'admin',
    scopes: [...scopeSchema.options],
    createdAt: new Date(clock.now()).toISOString(),
    hash: keyHash,
  });
}
