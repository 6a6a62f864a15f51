import { runSplit } from './support/split.ts';

await runSplit('lanes, one process per role', () => import('../e2e/lanes.test.ts'));
