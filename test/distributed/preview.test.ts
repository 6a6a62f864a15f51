import { runSplit, THREE } from './support/split.ts';

await runSplit('preview', () => import('../e2e/preview.test.ts'), THREE);
