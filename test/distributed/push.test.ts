import { launchSplit } from './support/split.ts';

if (await launchSplit('push, one process per role')) await import('../e2e/push.test.ts');
