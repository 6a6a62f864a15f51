import { runSplit, THREE } from './support/split.ts';

await runSplit('sweep', () => import('../e2e/sweep.test.ts'), THREE);
