import { launchSplit } from './support/split.ts';

if (await launchSplit('sweep, one process per role')) await import('../e2e/sweep.test.ts');
