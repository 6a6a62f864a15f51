import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { decodeNotice, encodeNotice, type EncodedRecord, type Notice } from './index.ts';

const stored = new URL('../fixtures/notices/notice.v1.json', import.meta.url);
const { key, headers, body } = JSON.parse(readFileSync(stored, 'utf8')) as EncodedRecord & { body: Notice };

test('what is encoded is decoded again, and what was ever published still is', () => {
  expect(decodeNotice(encodeNotice(body))).toEqual(body);
  expect(decodeNotice({ key, headers, value: Buffer.from(JSON.stringify(body)) })).toEqual(body);
});

test('what is not a notice is told apart', () => {
  const value = Buffer.from(JSON.stringify(body));
  expect(decodeNotice({ key, headers: {}, value })).toBeUndefined();
  expect(decodeNotice({ key, headers, value: Buffer.from('{') })).toBeUndefined();
  expect(decodeNotice({ key, headers, value: Buffer.from('{"type":"message.bounced"}') })).toBeUndefined();
});
