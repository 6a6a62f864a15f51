import { runSplit, THREE } from './support/split.ts';

await runSplit('bulk', () => import('../e2e/bulk.test.ts'), THREE);
