import { expect, test } from '@jest/globals';
import { createSealer } from './sealer.ts';

const KEY = 'a key of the installation, 32 or more';
const OWNER = ['org', 'prod', 'webhook'];

test('what is sealed is opened by the same key for the same owner, and by no other', () => {
  const sealer = createSealer(KEY);
  const sealed = sealer.seal(OWNER, 'whsec_x');
  expect(sealed).not.toContain('whsec');
  expect(sealer.seal(OWNER, 'whsec_x')).not.toBe(sealed);
  expect(createSealer(KEY).open(OWNER, sealed)).toBe('whsec_x');
  expect(sealer.open(['org', 'dev', 'webhook'], sealed)).toBeUndefined();
  expect(createSealer(`${KEY}!`).open(OWNER, sealed)).toBeUndefined();
});

test('what is damaged is not opened', () => {
  const sealer = createSealer(KEY);
  const sealed = sealer.seal(OWNER, 'whsec_x');
  const flipped = `${sealed.slice(0, 8)}${sealed[8] === 'A' ? 'B' : 'A'}${sealed.slice(9)}`;
  for (const text of ['', 's1.', 's1.AAAA', sealed.slice(3), flipped]) {
    expect(sealer.open(OWNER, text)).toBeUndefined();
  }
});
