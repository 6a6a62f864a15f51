import { launchSplit } from './support/split.ts';

if (await launchSplit('bad-input, one process per role')) await import('../e2e/bad-input.test.ts');
