import { integer, namesOf, secret } from '../config-values.ts';
import { about } from './setting.ts';

export const keysSettings = {
  adminKey: secret(16).optional().register(about, {
    env: 'HERALD_ADMIN_KEY',
    meaning:
      'The first key, with every scope, at least 16 characters. Without it the first start makes one, shows it once and keeps it in `admin.key`. A key that was set before stays valid until it is revoked',
    example: 'a-long-random-text',
  }),
  keyRateLimit: integer(1, 100_000).optional().register(about, {
    env: 'HERALD_KEY_RATE_LIMIT',
    unit: 'calls/s',
    meaning:
      'How many calls per second a key without a limit of its own may make, per process; without it as many as it likes',
    example: '500',
  }),
  reviewSandboxes: namesOf('sandboxes').optional().register(about, {
    env: 'HERALD_REVIEW_SANDBOXES',
    meaning:
      'Sandboxes in which no campaign is activated without an approval by another key than its authors’, comma-separated, or `*` for all; without it only where a campaign says so itself',
    example: 'prod',
  }),
  hmacKey: secret(32).optional().register(about, {
    env: 'HERALD_HMAC_KEY',
    meaning:
      'Keys the hashes that stand for identities and request bodies, at least 32 characters; the same in every process. Without it the first start makes one and keeps it in `hmac.key`',
    example: 'another-long-random-text-of-32-or-more',
  }),
};
