import { runSplit, THREE } from './support/split.ts';

await runSplit('retry policies', () => import('../e2e/retry-policy.test.ts'), THREE);
