import { launchSplit } from './support/split.ts';

if (await launchSplit('cancel, one process per role')) await import('../e2e/cancel.test.ts');
