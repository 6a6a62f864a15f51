import { runSplit } from './support/split.ts';

await runSplit('webhooks, one process per role', () => import('../e2e/webhooks.test.ts'));
