import { launchSplit } from './support/split.ts';

if (await launchSplit('lanes, one process per role')) await import('../e2e/lanes.test.ts');
