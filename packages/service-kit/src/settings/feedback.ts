import { integer, matching, signingSecrets } from '../config-values.ts';
import { about } from './setting.ts';

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

export const feedbackSettings = {
  // The local part in front of it may be as long as a local part can be.
  bounceDomain: matching(new RegExp(String.raw`^(?=.{3,180}$)${LABEL}(?:\.${LABEL})+$`), 'a domain name in lower case')
    .optional()
    .register(about, {
      env: 'HERALD_BOUNCE_DOMAIN',
      meaning:
        'Emails get a return path of their own at this domain, by which their bounces are found; without it bounces go to the sender of the surface',
      example: 'bounces.example.com',
    }),
  bounceSmtpPort: integer(1, 65_535).optional().register(about, {
    env: 'HERALD_BOUNCE_SMTP_PORT',
    meaning:
      'The port on which the tracker takes bounces by SMTP, for that domain alone; without it they come by `POST /feedback/email/dsn`',
    example: '2525',
  }),
  feedbackSecrets: signingSecrets().optional().register(about, {
    env: 'HERALD_FEEDBACK_SECRETS',
    meaning:
      'The secrets with which providers sign what they send to `POST /feedback/{provider}`: name and secret of each, comma-separated; two of one name while one takes the place of the other',
    example: 'smtp:whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz',
  }),
  softBounces: integer(0, 100).register(about, {
    env: 'HERALD_SOFT_BOUNCES',
    default: '3',
    meaning:
      'So many messages to one address that bounced softly, and none that was delivered in between, put it on the suppression list; 0: never',
    example: '5',
  }),
  softBounceDays: integer(1, 365).register(about, {
    env: 'HERALD_SOFT_BOUNCE_DAYS',
    default: '7',
    unit: 'days',
    meaning: 'Within which time; what is older than `HERALD_RECORD_RETENTION_DAYS` is gone and counts no more',
    example: '7',
  }),
};
