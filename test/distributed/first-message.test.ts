import { runSplit } from './support/split.ts';

await runSplit('first-message, one process per role', () => import('../e2e/first-message.test.ts'));
