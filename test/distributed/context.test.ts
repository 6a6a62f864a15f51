import { runSplit, THREE } from './support/split.ts';

await runSplit('context', () => import('../e2e/context.test.ts'), THREE);
