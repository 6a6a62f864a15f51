import { readFileSync } from 'node:fs';
import { FINAL_STATES, problemSchema, PROBLEMS, problemType } from '@herald/contracts';
import { expect, test } from '@jest/globals';
import { describeErrors } from './describe-errors.ts';
import { REASONS } from './reasons.ts';

test('every problem has a type of its own, in the form of AJO: family, number, status', () => {
  const types = Object.values(PROBLEMS).map(problemType);
  expect(new Set(types).size).toBe(types.length);
  for (const type of types) expect(type).toMatch(/^https:\/\/ns\.herald\.dev\/errors\/HERALD-\d{6}-[45]\d\d$/);
  expect(problemType(PROBLEMS['request-id-reused'])).toBe('https://ns.herald.dev/errors/HERALD-002004-409');
});

test('every final state has a reason, and no reason stands twice for one state', () => {
  expect(new Set(REASONS.map(({ state }) => state))).toEqual(new Set(FINAL_STATES));
  const keys = REASONS.map(({ state, reason }) => `${state} ${reason}`);
  expect(new Set(keys).size).toBe(keys.length);
});

test('the document is the one that the catalogue writes, and its example is a problem', () => {
  const document = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  expect(document).toBe(describeErrors());
  const example: unknown = JSON.parse(/```json\n([\s\S]+?)```/.exec(document)?.[1] ?? '');
  expect(problemSchema.safeParse(example).success).toBe(true);
  for (const { reason } of REASONS) expect(document).toContain(`\`${reason}\``);
});
