import { launchSplit } from './support/split.ts';

if (await launchSplit('life-cycle, one process per role')) await import('../e2e/life-cycle.test.ts');
