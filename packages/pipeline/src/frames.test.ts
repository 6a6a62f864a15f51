import { expect, test } from '@jest/globals';
import { framesOf } from './frames.ts';

test('places in this repository are told, the innermost first, and nothing else of an error', () => {
  const error = new TypeError('no such thing: ada@example.com');
  const [first] = framesOf(error);
  expect(first).toMatch(/^packages\/pipeline\/src\/frames\.test\.ts:\d+$/);
  expect(framesOf(error).join()).not.toMatch(/ada|node_modules|jest/);
});

test('a message that looks like a frame is none', () => {
  const here = new URL('.', import.meta.url).pathname;
  const error = new Error(`x\n    at ${here}secret-4711.ts:1:1`);
  expect(framesOf(error).join()).not.toContain('4711');
  expect(framesOf(error)[0]).toContain('frames.test.ts');
});

test('what is no error has no places, and a deep one has a bounded number', () => {
  expect(framesOf('thrown')).toEqual([]);
  const deep = (left: number): Error => (left === 0 ? new Error('deep') : deep(left - 1));
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  expect(framesOf(deep(40))).toHaveLength(12);
  Error.stackTraceLimit = limit;
});
