import { runSplit, THREE } from './support/split.ts';

await runSplit('smtp-trouble', () => import('../e2e/smtp-trouble.test.ts'), THREE);
