import { Outage } from '@herald/contracts';
import { expect, test } from '@jest/globals';
import { canSendAgain, explain, isForGood, toOutage } from './errors.ts';
import { kafkaSettingsSchema } from './settings.ts';

const settings = kafkaSettingsSchema.parse({
  brokers: ['one.example:9092', 'two.example:9092'],
  sasl: { mechanism: 'plain', username: 'user', password: 'a secret' },
});
const failure = (name: string, type: string, message = 'something'): Error =>
  Object.assign(new Error(message), { name, type });
/** As kafkajs does it, in layers. */
const wrapped = (error: Error): Error =>
  Object.assign(new Error(error.message, { cause: error }), { name: 'KafkaJSNumberOfRetriesExceeded' });

test.each([
  ['NOT_ENOUGH_REPLICAS', /HERALD_KAFKA_MIN_IN_SYNC_REPLICAS wants 2/],
  ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', /HERALD_KAFKA_MIN_IN_SYNC_REPLICAS wants 2/],
  ['MESSAGE_TOO_LARGE', /max\.message\.bytes/],
  ['RECORD_LIST_TOO_LARGE', /max\.message\.bytes/],
  ['TOPIC_AUTHORIZATION_FAILED', /TOPIC_AUTHORIZATION_FAILED.*HERALD_KAFKA_SASL/],
  ['GROUP_AUTHORIZATION_FAILED', /GROUP_AUTHORIZATION_FAILED.*HERALD_KAFKA_SASL/],
  ['INVALID_SESSION_TIMEOUT', /HERALD_KAFKA_SESSION_TIMEOUT_MS=10000/],
  ['GROUP_LOAD_IN_PROGRESS', /no coordinator yet/],
  ['SOMETHING_NEW', /SOMETHING_NEW/],
])('%s is explained, in one line without a secret', (type, says) => {
  const { message, code } = toOutage(wrapped(failure('KafkaJSProtocolError', type)), 'publish', settings);
  expect(code).toBe('unavailable');
  expect(message).toMatch(says);
  expect(message).toMatch(/^Kafka: cannot publish: [^\n]*$/);
  expect(message).not.toContain('a secret');
});

test('an outage stays what it is, and what is no error is said so', () => {
  const outage = new Outage('closed', 'the bus is closed');
  expect(toOutage(outage, 'publish', settings)).toBe(outage);
  expect(explain('a text', settings)).toContain('one.example:9092, two.example:9092');
});

test('for good is what somebody has to change; everything else is waited out', () => {
  for (const type of ['GROUP_AUTHORIZATION_FAILED', 'INCONSISTENT_GROUP_PROTOCOL', 'INVALID_SESSION_TIMEOUT']) {
    expect(isForGood(wrapped(failure('KafkaJSProtocolError', type)))).toBe(true);
  }
  expect(isForGood(wrapped(new TypeError('a bug')))).toBe(true);
  expect(isForGood(failure('KafkaJSSASLAuthenticationError', ''))).toBe(true);
  for (const type of ['GROUP_COORDINATOR_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION', 'UNKNOWN_TOPIC_OR_PARTITION']) {
    expect(isForGood(wrapped(failure('KafkaJSProtocolError', type)))).toBe(false);
  }
  // kafkajs calls it final; it is what every broker restart looks like.
  expect(isForGood(failure('KafkaJSGroupCoordinatorNotFound', ''))).toBe(false);
});

test('a producer whose numbering is broken does not try again', () => {
  for (const type of [
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'UNKNOWN_PRODUCER_ID',
    'INVALID_PRODUCER_EPOCH',
    'MESSAGE_TOO_LARGE',
  ]) {
    expect(canSendAgain(failure('KafkaJSProtocolError', type))).toBe(false);
  }
  for (const type of ['NOT_LEADER_FOR_PARTITION', 'REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS']) {
    expect(canSendAgain(wrapped(failure('KafkaJSProtocolError', type)))).toBe(true);
  }
});
