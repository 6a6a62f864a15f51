import type { Operations } from './operations/all.ts';

/** Carries out one of the thread's operations. */
export type Call = <Name extends keyof Operations>(
  name: Name,
  ...args: Parameters<Operations[Name]>
) => Promise<ReturnType<Operations[Name]>>;

/** What was stored by this package as the JSON of a `T`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters, typescript/no-unsafe-type-assertion -- see above
export const fromJson = <T>(json: string): T => JSON.parse(json) as T;
