import { runSplit } from './support/split.ts';

await runSplit('bad-input, one process per role', () => import('../e2e/bad-input.test.ts'));
