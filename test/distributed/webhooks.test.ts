import { runSplit, THREE } from './support/split.ts';

await runSplit('webhooks', () => import('../e2e/webhooks.test.ts'), THREE);
