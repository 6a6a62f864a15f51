import { runSplit } from './support/split.ts';

await runSplit('failing webhooks, one process per role', () => import('../e2e/webhook-failing.test.ts'));
