import { runSplit, THREE } from './support/split.ts';

await runSplit('search-and-caps', () => import('../e2e/search-and-caps.test.ts'), THREE);
