import { runSplit, THREE } from './support/split.ts';

await runSplit('erasure', () => import('../e2e/erasure.test.ts'), THREE);
