import { runSplit } from './support/split.ts';

await runSplit('life-cycle, one process per role', () => import('../e2e/life-cycle.test.ts'));
