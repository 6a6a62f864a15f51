import { runSplit } from './support/split.ts';

await runSplit('sweep, one process per role', () => import('../e2e/sweep.test.ts'));
