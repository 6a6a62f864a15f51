import { expect, test } from '@jest/globals';
import { createHasher } from './hash.ts';

const hasher = createHasher('0123456789abcdef0123456789abcdef');
const prod = { org: 'acme', sandbox: 'prod' };

test('spellings that the store takes for one identity have one hash', () => {
  const one = hasher.identity(prod, 'email', 'ada@example.com');
  expect(hasher.identity(prod, 'Email', '  Ada@Example.COM ')).toBe(one);
  expect(hasher.identity(prod, 'crm', ' 17 ')).toBe(hasher.identity(prod, 'CRM', '17'));
  expect(hasher.identity(prod, 'crm', 'abc')).not.toBe(hasher.identity(prod, 'crm', 'ABC'));
});

test('tenants, namespaces, purposes and keys are kept apart', () => {
  const hashes = [
    hasher.identity(prod, 'crm', 'x'),
    hasher.identity({ org: 'acme', sandbox: 'dev' }, 'crm', 'x'),
    hasher.identity({ org: 'acmeprod', sandbox: '' }, 'crm', 'x'),
    hasher.identity({ org: 'acme","prod', sandbox: 'crm' }, 'x', ''),
    hasher.identity(prod, 'crmx', ''),
    hasher.body(JSON.stringify(['acme', 'prod', 'crm', 'x'])),
    createHasher('another-key-another-key-another-k').identity(prod, 'crm', 'x'),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('a hash has at least 128 bits and shows nothing', () => {
  const hash = hasher.identity(prod, 'email', 'ada@example.com');
  expect(hash).toMatch(/^[\w-]{22}$/);
  expect(Buffer.from(hash, 'base64url').byteLength * 8).toBeGreaterThanOrEqual(128);
});
