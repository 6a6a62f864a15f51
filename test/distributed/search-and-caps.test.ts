import { runSplit } from './support/split.ts';

await runSplit('search-and-caps, one process per role', () => import('../e2e/search-and-caps.test.ts'));
