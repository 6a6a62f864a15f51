import { launchSplit } from './support/split.ts';

if (await launchSplit('first-message, one process per role')) await import('../e2e/first-message.test.ts');
