import { launchSplit } from './support/split.ts';

if (await launchSplit('smtp-trouble, one process per role')) await import('../e2e/smtp-trouble.test.ts');
