import { runSplit, THREE } from './support/split.ts';

await runSplit('quarantine', () => import('../e2e/quarantine.test.ts'), THREE);
