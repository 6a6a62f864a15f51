import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createReturnPaths } from './return-path.ts';

const signing = (key: string) => (text: string) => createHmac('sha256', key).update(text).digest('hex').slice(0, 16);
const paths = createReturnPaths('bounces.example.com', signing('key'));
const messageId = 'HUMA-0198c5d2-5c1e-7d04-9f0b-2f6f8f1f7a11.19';

test('a return path leads back to its message, in whatever case it comes back', () => {
  const address = paths.of(messageId) ?? '';
  expect(address).toMatch(/^bounce\+0198c5d25c1e7d049f0b2f6f8f1f7a11-19\.[0-9a-f]{16}@bounces\.example\.com$/);
  for (const spelled of [address, address.toUpperCase(), ` ${address}`]) expect(paths.read(spelled)).toBe(messageId);
});

test('the local part is no longer than a local part may be', () => {
  const [local = ''] = (paths.of(`${messageId.slice(0, -2)}9999`) ?? '').split('@');
  expect(local.length).toBeLessThanOrEqual(64);
});

test('nobody makes one for another message, another domain, or without the key', () => {
  const address = paths.of(messageId) ?? '';
  const forged = [
    address.replace('-19.', '-18.'),
    address.replace('0198c5d2', '0198c5d3'),
    address.replace(/\.[0-9a-f]/, (found) => (found === '.0' ? '.1' : '.0')),
    address.replace('bounces.', 'other.'),
    address.replace('@bounces', '@x.bounces'),
    address.replace('bounce+', 'x+'),
    createReturnPaths('bounces.example.com', signing('another key')).of(messageId) ?? '',
    paths.complaints,
    '',
  ];
  for (const one of forged) expect([one, paths.read(one)]).toEqual([one, undefined]);
  expect(paths.of('HUMA-x.0')).toBeUndefined();
});
