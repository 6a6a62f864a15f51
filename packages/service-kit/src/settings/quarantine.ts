import { integer } from '../config-values.ts';
import { about } from './setting.ts';

export const quarantineSettings = {
  quarantineMin: integer(0, 1_000_000).register(about, {
    env: 'HERALD_QUARANTINE_MIN',
    default: '50',
    unit: 'messages',
    meaning: 'A campaign is paused when so many of its messages ended and nearly all of them failed; 0: never',
    example: '50',
  }),
  quarantinePercent: integer(1, 100).register(about, {
    env: 'HERALD_QUARANTINE_PERCENT',
    default: '95',
    unit: '%',
    meaning: 'The share of failed ones from which on it is paused',
    example: '95',
  }),
  quarantineWindowMs: integer(600, 3_600_000).register(about, {
    env: 'HERALD_QUARANTINE_WINDOW_MS',
    default: '60000',
    unit: 'ms',
    meaning: 'What ended longer ago is not looked at',
    example: '60000',
  }),
};
