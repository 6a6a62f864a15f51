import { runSplit, THREE } from './support/split.ts';

await runSplit('idempotency', () => import('../e2e/idempotency.test.ts'), THREE);
