import { runSplit, THREE } from './support/split.ts';

await runSplit('cancel', () => import('../e2e/cancel.test.ts'), THREE);
