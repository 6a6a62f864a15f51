import type { Operations } from './operations/all.ts';

export { fromJson } from '../json.ts';

/** Carries out one of the thread's operations. */
export type Call = <Name extends keyof Operations>(
  name: Name,
  ...args: Parameters<Operations[Name]>
) => Promise<ReturnType<Operations[Name]>>;
