import { runSplit } from './support/split.ts';

await runSplit('idempotency, one process per role', () => import('../e2e/idempotency.test.ts'));
