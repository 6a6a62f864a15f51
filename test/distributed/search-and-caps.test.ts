import { launchSplit } from './support/split.ts';

if (await launchSplit('search-and-caps, one process per role')) await import('../e2e/search-and-caps.test.ts');
