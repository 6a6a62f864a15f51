import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import webPush from 'web-push';
import { loadSecrets } from './secrets.ts';

let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'herald-secrets-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const modeOf = (name: string): number => statSync(join(dataDir, name)).mode & 0o777;

test('the first start makes keys that only their owner can read; the next one finds them', () => {
  const first = loadSecrets({ dataDir });
  expect(first.created).toEqual({ adminKey: true, hmacKey: true, vapid: true });
  expect(first.adminKey).toMatch(/^hk_[\w-]{43}$/);
  expect(first.hmacKey).toMatch(/^[\w-]{43}$/);
  expect(modeOf('admin.key')).toBe(0o600);
  expect(first.vapid).toEqual({
    publicKey: expect.stringMatching(/^B[\w-]{86}$/),
    privateKey: expect.stringMatching(/^[\w-]{43}$/),
  });
  for (const name of ['admin.key', 'hmac.key', 'vapid.key']) expect(modeOf(name)).toBe(0o600);
  expect(readdirSync(dataDir).toSorted()).toEqual(['admin.key', 'hmac.key', 'vapid.key']);
  expect(readFileSync(join(dataDir, 'admin.key'), 'utf8')).toBe(`${first.adminKey}\n`);

  const second = loadSecrets({ dataDir });
  expect(second).toEqual({ ...first, created: { adminKey: false, hmacKey: false, vapid: false } });
});

test('configured keys are used and written nowhere', () => {
  const configured = { adminKey: 'an-admin-key-of-ours', hmacKey: 'an-hmac-key-of-ours-0123456789ab' };
  const vapid = webPush.generateVAPIDKeys();
  expect(loadSecrets({ dataDir, ...configured, vapidPrivateKey: vapid.privateKey })).toEqual({
    ...configured,
    vapid,
    created: { adminKey: false, hmacKey: false, vapid: false },
  });
  expect(readdirSync(dataDir)).toEqual([]);
});

test('a key that others can read is closed to them again', () => {
  loadSecrets({ dataDir });
  chmodSync(join(dataDir, 'hmac.key'), 0o644);
  loadSecrets({ dataDir });
  expect(modeOf('hmac.key')).toBe(0o600);
});

test('a damaged key stops the start, is named, and is left as it is', () => {
  const { adminKey } = loadSecrets({ dataDir });
  writeFileSync(join(dataDir, 'hmac.key'), 'half');
  expect(() => loadSecrets({ dataDir })).toThrow(/hmac\.key does not hold a key/);
  expect(readFileSync(join(dataDir, 'hmac.key'), 'utf8')).toBe('half');
  expect(() => loadSecrets({ dataDir })).not.toThrow(adminKey);
});

test('a key of the right form that is no number of the curve stops the start too', () => {
  writeFileSync(join(dataDir, 'vapid.key'), Buffer.alloc(32, 255).toString('base64url'));
  expect(() => loadSecrets({ dataDir })).toThrow(/vapid\.key does not hold a key/);
});
