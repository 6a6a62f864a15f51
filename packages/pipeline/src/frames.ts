/** Where this repository's code lies: three folders above this file's. */
const ROOT = decodeURI(new URL('../../../', import.meta.url).pathname);
const MOST = 12;

/**
 * Where a thrown error came from: files of this repository with their lines, the innermost first, as
 * `packages/pipeline/src/loop.ts:12`. Neither the error's message nor the names in its stack are in it: both may hold what
 * a caller sent.
 */
export function framesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  // The message comes first, and could be made to look like a frame.
  const told = error.message === '' ? -1 : error.stack.indexOf(error.message);
  const below = told === -1 ? error.stack : error.stack.slice(told + error.message.length);
  return below
    .split('\n')
    .flatMap((line) => {
      const [, path = '', number = ''] = /^ +at (?:.*\()?(?:file:\/\/)?(\/[^()]*):(\d+):\d+\)?$/.exec(line) ?? [];
      const own = path.startsWith(ROOT) ? path.slice(ROOT.length) : '';
      return /^(?:packages|services)\/[\w./-]+$/.test(own) && !own.includes('node_modules') ? [`${own}:${number}`] : [];
    })
    .slice(0, MOST);
}
