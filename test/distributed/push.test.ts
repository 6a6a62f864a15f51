import { runSplit } from './support/split.ts';

await runSplit('push, one process per role', () => import('../e2e/push.test.ts'));
