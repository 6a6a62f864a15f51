import type { Helper } from './spec.ts';
import { compare, equal, isMissing, isTrue } from './values.ts';

const two = (name: string, run: (a: unknown, b: unknown) => boolean): Helper => ({
  min: 2,
  max: 2,
  needs: false,
  usage: `(${name} a b)`,
  run: ([a, b]) => run(a, b),
});

const order = (name: string, holds: (difference: number) => boolean): Helper =>
  two(name, (a, b) => {
    const difference = compare(a, b);
    return difference !== undefined && holds(difference);
  });

function decisive(values: readonly unknown[], decides: (value: unknown) => boolean): unknown {
  // The last one when none does: its place is -1 then.
  return values.at(values.findIndex(decides));
}

export const TESTS: Readonly<Record<string, Helper>> = {
  eq: two('eq', equal),
  ne: two('ne', (a, b) => !equal(a, b)),
  lt: order('lt', (difference) => difference < 0),
  lte: order('lte', (difference) => difference <= 0),
  gt: order('gt', (difference) => difference > 0),
  gte: order('gte', (difference) => difference >= 0),
  // The value that decides, as in most languages: {{#if}} only asks whether it is true.
  and: {
    min: 1,
    max: 20,
    needs: false,
    usage: '(and a b …)',
    run: (values) => decisive(values, (value) => !isTrue(value)),
  },
  or: { min: 1, max: 20, needs: false, usage: '(or a b …)', run: (values) => decisive(values, isTrue) },
  not: { min: 1, max: 1, needs: false, usage: '(not a)', run: ([value]) => !isTrue(value) },
  default: {
    min: 2,
    max: 20,
    needs: false,
    usage: '{{default value "instead"}}',
    run: (values) => values.find((value) => !isMissing(value) && value !== '') ?? '',
  },
};
