import { runSplit, THREE } from './support/split.ts';

await runSplit('fail-over', () => import('../e2e/fail-over.test.ts'), THREE);
