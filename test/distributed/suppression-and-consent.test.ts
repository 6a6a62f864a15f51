import { runSplit, THREE } from './support/split.ts';

await runSplit('suppression and consent', () => import('../e2e/suppression-and-consent.test.ts'), THREE);
