import { runSplit, THREE } from './support/split.ts';

await runSplit('push', () => import('../e2e/push.test.ts'), THREE);
