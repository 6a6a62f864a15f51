import { runSplit, THREE } from './support/split.ts';

await runSplit('sms', () => import('../e2e/sms.test.ts'), THREE);
