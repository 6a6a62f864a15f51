import { expect, test } from '@jest/globals';
import { placeholders } from './placeholders.ts';

test('a path inside another one makes it an object or a list', () => {
  expect(placeholders(['context.a', 'context.a.b', 'context.l', 'context.l[]', 'context.m[][].x'])).toEqual({
    context: { a: { b: 'B' }, l: ['L'], m: [[{ x: 'X' }]] },
  });
  expect(placeholders(['context', 'context.system', 'context.system.time', 'profile'])).toEqual({});
  expect(placeholders(['context.systematic', 'context.resetURL2'])).toEqual({
    context: { systematic: 'SYSTEMATIC', resetURL2: 'RESET_URL2' },
  });
});
