import { runSplit, THREE } from './support/split.ts';

await runSplit('feedback', () => import('../e2e/feedback.test.ts'), THREE);
