import { delays, integer } from '../config-values.ts';
import { about } from './setting.ts';

export const webhookSettings = {
  webhookTimeoutMs: integer(10, 30_000).register(about, {
    env: 'HERALD_WEBHOOK_TIMEOUT_MS',
    default: '15000',
    unit: 'ms',
    meaning: 'How long a webhook may take to answer',
    example: '15000',
  }),
  webhookRetryMs: delays().register(about, {
    env: 'HERALD_WEBHOOK_RETRY_MS',
    default: '5000,30000,300000,1800000,7200000,7200000,14400000,18000000,28800000',
    unit: 'ms',
    meaning:
      'How long to wait before the second attempt at a webhook, the third, and so on; their number bounds the attempts, and a day bounds them all. They wait on the ladder, in as many rungs as it takes',
    example: '5000,300000,1800000',
  }),
  webhookDisableMs: integer(1, 31 * 86_400_000).register(about, {
    env: 'HERALD_WEBHOOK_DISABLE_MS',
    default: '432000000',
    unit: 'ms',
    meaning: 'A webhook to which every delivery failed for so long is disabled',
    example: '432000000',
  }),
};
