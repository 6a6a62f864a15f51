import { expect, test } from '@jest/globals';
import { systemRuntime } from './runtime.ts';

test('ids are ordered by time and unique', () => {
  const ids = Array.from({ length: 2_000 }, () => systemRuntime.newId());
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(ids.toSorted());
  expect(ids[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

test('sleep ends at its time, or at once when it is aborted, and never rejects', async () => {
  const { clock } = systemRuntime;
  const start = clock.now();
  await clock.sleep(30);
  expect(clock.now() - start).toBeGreaterThanOrEqual(29);

  const stop = new AbortController();
  const long = clock.sleep(60_000, stop.signal);
  stop.abort();
  await expect(long).resolves.toBeUndefined();
  await expect(clock.sleep(60_000, stop.signal)).resolves.toBeUndefined();
  expect(clock.now() - start).toBeLessThan(30_000);
});
