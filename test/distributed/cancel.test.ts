import { runSplit } from './support/split.ts';

await runSplit('cancel, one process per role', () => import('../e2e/cancel.test.ts'));
