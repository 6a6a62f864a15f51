import { runSplit, THREE } from './support/split.ts';

await runSplit('replay', () => import('../e2e/replay.test.ts'), THREE);
