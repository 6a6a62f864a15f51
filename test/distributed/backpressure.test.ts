import { runSplit, THREE } from './support/split.ts';

await runSplit('backpressure', () => import('../e2e/backpressure.test.ts'), THREE);
