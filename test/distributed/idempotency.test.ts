import { launchSplit } from './support/split.ts';

if (await launchSplit('idempotency, one process per role')) await import('../e2e/idempotency.test.ts');
