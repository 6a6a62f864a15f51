import { launchSplit } from './support/split.ts';

if (await launchSplit('feedback, one process per role')) await import('../e2e/feedback.test.ts');
