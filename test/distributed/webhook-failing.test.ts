import { runSplit, THREE } from './support/split.ts';

await runSplit('failing webhooks', () => import('../e2e/webhook-failing.test.ts'), THREE);
