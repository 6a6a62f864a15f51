import { launchSplit } from './support/split.ts';

if (await launchSplit('failing webhooks, one process per role')) await import('../e2e/webhook-failing.test.ts');
