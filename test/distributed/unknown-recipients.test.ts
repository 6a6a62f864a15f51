import { runSplit, THREE } from './support/split.ts';

await runSplit('unknown recipients', () => import('../e2e/unknown-recipients.test.ts'), THREE);
