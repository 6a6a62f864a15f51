import { createRequire } from 'node:module';
import { beforeAll, expect, test } from '@jest/globals';
import { patchKafkajs } from './patch.ts';

const load = createRequire(import.meta.url);

interface Queue {
  throttledUntil: number;
  readonly throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly inflight: Map<number, unknown>;
  push(request: object): void;
  fulfillRequest(reply: { correlationId: number; payload: null; size: number }): void;
  destroy(): void;
}

const quiet = { debug: () => undefined, warn: () => undefined };
function createQueue(): Queue {
  const RequestQueue: new (options: object) => Queue = load('kafkajs/src/network/requestQueue');
  return new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1_000, clientId: 'c', broker: 'b', logger: quiet });
}
function push(queue: Queue, correlationId: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const entry = { correlationId, apiKey: 0, apiName: 'x', apiVersion: 0, resolve, reject };
    queue.push({ entry, expectResponse: true, sendRequest: () => undefined });
  });
}

beforeAll(() => {
  // Whoever changes the version of kafkajs has to look at the patch again.
  expect(patchKafkajs()).toBe(true);
});

test('no timer runs while nothing is pending', () => {
  const queue = createQueue();
  void push(queue, 1);
  queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
  expect(queue.throttleCheckTimeoutId).toBeNull();
});

test('what waits for a throttle is sent when the throttle ends', async () => {
  const queue = createQueue();
  const until = Date.now() + 30;
  queue.throttledUntil = until;
  const answered = push(queue, 1);
  expect(queue.inflight.size).toBe(0);
  while (queue.inflight.size === 0) await new Promise(setImmediate);
  expect(Date.now()).toBeGreaterThanOrEqual(until);
  queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
  await answered;
  expect(queue.throttleCheckTimeoutId).toBeNull();
});

test('what waits for the one before it is sent when that is answered', async () => {
  const queue = createQueue();
  const answers = [push(queue, 1), push(queue, 2)];
  expect([...queue.inflight.keys()]).toEqual([1]);
  queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
  expect([...queue.inflight.keys()]).toEqual([2]);
  queue.fulfillRequest({ correlationId: 2, payload: null, size: 0 });
  await Promise.all(answers);
  queue.destroy();
});
