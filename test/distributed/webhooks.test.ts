import { launchSplit } from './support/split.ts';

if (await launchSplit('webhooks, one process per role')) await import('../e2e/webhooks.test.ts');
