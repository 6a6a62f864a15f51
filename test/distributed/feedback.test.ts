import { runSplit } from './support/split.ts';

await runSplit('feedback, one process per role', () => import('../e2e/feedback.test.ts'));
