import { runSplit } from './support/split.ts';

await runSplit('smtp-trouble, one process per role', () => import('../e2e/smtp-trouble.test.ts'));
