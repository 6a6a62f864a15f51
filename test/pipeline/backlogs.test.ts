import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ladderTopic, workTopic } from '@herald/contracts';
import { createBacklogs } from '@herald/ingress';
import { createBench, type Bench } from '../support/pipeline.ts';

const RUNG = ladderTopic('marketing', 60_000);
let bench: Bench;
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.dispose());

const wait = (count: number, originTopic: string): Promise<void> =>
  bench.bus.publish(
    Array.from({ length: count }, (_, n) => ({
      topic: RUNG,
      key: `${originTopic} ${n}`,
      headers: { 'origin-topic': originTopic },
      value: new Uint8Array(1),
    })),
  );

test('what waits on the ladder is held against the channel that it belongs to', async () => {
  await wait(40, workTopic('marketing', 'sms', 'rendered'));
  const waiting = await createBacklogs(bench)('marketing', 10);
  expect(waiting).toEqual({ email: 0, sms: 40, push: 0 });
});

test('deliveries of webhooks wait there as well, and are held against nobody', async () => {
  await wait(70, 'herald.webhooks');
  await wait(10, workTopic('marketing', 'email', 'rendered'));
  const { email, sms, push } = await createBacklogs(bench)('marketing', 10);
  expect(email).toBeLessThanOrEqual(20);
  expect([sms, push]).toEqual([0, 0]);
});
