import { runSplit } from './support/split.ts';

await runSplit('sms, one process per role', () => import('../e2e/sms.test.ts'));
