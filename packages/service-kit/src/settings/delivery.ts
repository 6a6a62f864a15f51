import { ascending, delays, integer } from '../config-values.ts';
import { about } from './setting.ts';

const DAY_MS = 24 * 3_600_000;

export const deliverySettings = {
  leaseMs: integer(20, 3_600_000).register(about, {
    env: 'HERALD_LEASE_MS',
    default: '30000',
    unit: 'ms',
    meaning: "After it another worker takes over a claim without a result; longer than the provider's timeout",
    example: '30000',
  }),
  ladderMs: ascending().register(about, {
    env: 'HERALD_LADDER_MS',
    default: '1000,5000,30000,120000,600000,3600000',
    unit: 'ms',
    meaning:
      'The delays on which messages wait, ascending; what waits on one that is taken out stays on its topic, so let it run empty first',
    example: '1000,5000,30000',
  }),
  retryPolicyMs: delays().register(about, {
    env: 'HERALD_RETRY_MS',
    default: '1000,5000,30000,120000,600000',
    unit: 'ms',
    meaning:
      'How long to wait before the second attempt, the third, and so on; each is a rung of the ladder, and their number bounds the attempts',
    example: '1000,5000,30000',
  }),
  sweepGraceMs: integer(10, DAY_MS).register(about, {
    env: 'HERALD_SWEEP_GRACE_MS',
    default: '300000',
    unit: 'ms',
    meaning:
      'So long after its deadline, and with log and store at hand all that time, a message without a final state is ended as lost; longer than a lease',
    example: '300000',
  }),
  emailCap: integer(0, 1_000_000).register(about, {
    env: 'HERALD_EMAIL_CAP',
    default: '100',
    unit: 'messages/hour',
    meaning: 'How many emails one address gets in an hour; what is more ends as excluded. 0: no limit',
    example: '20',
  }),
  smsCap: integer(0, 1_000_000).register(about, {
    env: 'HERALD_SMS_CAP',
    default: '20',
    unit: 'messages/hour',
    meaning: 'How many SMS one number gets in an hour; 0: no limit',
    example: '10',
  }),
  pushCap: integer(0, 1_000_000).register(about, {
    env: 'HERALD_PUSH_CAP',
    default: '100',
    unit: 'messages/hour',
    meaning: 'How many pushes one subscription gets in an hour; 0: no limit',
    example: '50',
  }),
  smsPrefixCap: integer(0, 1_000_000).register(about, {
    env: 'HERALD_SMS_PREFIX_CAP',
    default: '1000',
    unit: 'messages/hour',
    meaning:
      'How many SMS all numbers that share their first seven digits get in an hour: against SMS pumping. 0: no limit',
    example: '200',
  }),
  profileCreationCap: integer(0, 1_000_000).register(about, {
    env: 'HERALD_PROFILE_CREATION_CAP',
    default: '0',
    unit: 'profiles/min',
    meaning:
      'How many profiles calls may create in a sandbox and minute; messages that would create more wait within their time to live, all others go on. 0: no limit',
    example: '1000',
  }),
};
