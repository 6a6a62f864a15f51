import { runSplit, THREE } from './support/split.ts';

await runSplit('search', () => import('../e2e/search.test.ts'), THREE);
