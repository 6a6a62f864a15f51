import { launchSplit } from './support/split.ts';

if (await launchSplit('backpressure, one process per role')) await import('../e2e/lanes.test.ts');
