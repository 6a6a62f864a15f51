import { DATES } from './dates.ts';
import { LISTS } from './lists.ts';
import { NUMBERS } from './numbers.ts';
import type { Helper } from './spec.ts';
import { TESTS } from './tests.ts';
import { TEXTS } from './texts.ts';

export type { Helper, Written } from './spec.ts';

const ALL: ReadonlyMap<string, Helper> = new Map(
  Object.entries({ ...TESTS, ...DATES, ...NUMBERS, ...TEXTS, ...LISTS }),
);

export const helperOf = (name: string): Helper | undefined => ALL.get(name);

/** `lookup` is among them, though it is part of the language. */
export const HELPER_NAMES: readonly string[] = [...ALL.keys(), 'lookup'];
