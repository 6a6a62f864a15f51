import { launchSplit } from './support/split.ts';

if (await launchSplit('sms, one process per role')) await import('../e2e/sms.test.ts');
