import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { decodeMessage, EVENTS, encodeMessage, type EncodedRecord, type EventType, type MessageMeta } from './index.ts';

const FIXTURES = new URL('../fixtures/', import.meta.url);

/** Every event version ever published keeps one stored record here. Do not change a file: add one. */
function fixture(name: string): EncodedRecord & { body: Record<string, unknown> } {
  const { key, headers, body } = JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8'));
  return { key, headers, body, value: Buffer.from(JSON.stringify(body)) };
}
const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.json'));
/** `message.rendered.v1.sms.json` is a `message.rendered.v1`. */
const typeOf = (name: string): EventType => name.replace(/(\.v\d+)\..*$/, '$1') as EventType;
const requested = fixture('execution.requested.v1.json');

describe('stored fixtures', () => {
  test('every event type has one', () => {
    expect(new Set(names.map(typeOf))).toEqual(new Set(Object.keys(EVENTS)));
  });

  test.each(names)('%s still parses, whole', (name) => {
    const record = fixture(name);
    const decoded = decodeMessage(typeOf(name), record);
    expect(decoded).toMatchObject({ kind: 'message', body: record.body });
  });
});

test('what is encoded is decoded again', () => {
  const meta: MessageMeta = {
    messageId: 'HUMA-1.0',
    round: 2,
    attempt: 3,
    deadline: 1_790_000_000_000,
    org: 'herald',
    sandbox: 'prod',
    key: 'k',
    rung: 4,
  };
  const body = EVENTS['execution.requested.v1'].parse(requested.body);
  const record = encodeMessage('execution.requested.v1', meta, body, { rung: '4', 'not-before': '17' });
  expect(decodeMessage('execution.requested.v1', record)).toEqual({ kind: 'message', meta, body, notBefore: 17 });
});

describe('hostile records', () => {
  const withHeaders = (headers: Record<string, string>): EncodedRecord => ({
    ...requested,
    headers: { ...requested.headers, ...headers },
  });
  const decode = (record: EncodedRecord) => decodeMessage('execution.requested.v1', record);

  test('a later version is told apart from rubbish', () => {
    expect(decode(withHeaders({ type: 'execution.requested.v2' }))).toMatchObject({ kind: 'newer' });
    expect(decode(withHeaders({ type: 'message.resolved.v1' }))).toMatchObject({ kind: 'unreadable' });
    expect(decode(withHeaders({ type: 'nonsense' }))).toMatchObject({
      kind: 'unreadable',
      detail: expect.stringContaining('type'),
    });
  });

  test.each([
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
    ['half a document', Buffer.from('{"executionId":"x"')],
    ['another document', Buffer.from('[]')],
    ['nothing', Buffer.alloc(0)],
  ])('%s is unreadable, and says who it was', (_name, value) => {
    expect(decode({ ...requested, value })).toMatchObject({
      kind: 'unreadable',
      meta: { messageId: requested.headers['message-id'] },
    });
  });

  test('the detail names a field and never a value', () => {
    const body = { ...requested.body, recipient: { type: 'aep', namespace: 'email', userId: 'secret\r\nBcc: x' } };
    const decoded = decode({ ...requested, value: Buffer.from(JSON.stringify(body)) });
    expect(decoded).toMatchObject({ kind: 'unreadable', detail: expect.stringContaining('recipient.userId') });
    expect(JSON.stringify(decoded)).not.toContain('secret');
  });

  test.each(['message-id', 'attempt', 'deadline', 'org', 'sandbox'])('a record without %s is unreadable', (name) => {
    const { [name]: _, ...headers } = requested.headers;
    expect(decode({ ...requested, headers })).toMatchObject({
      kind: 'unreadable',
      detail: expect.stringContaining(name),
    });
  });
});
