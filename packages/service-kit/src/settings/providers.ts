import { providersFile } from '../providers/setting.ts';
import { hosts, integer, matching, oneOf, pem, secret, url } from '../config-values.ts';
import { about } from './setting.ts';

export const providersSettings = {
  smtpUrl: url(['smtp:', 'smtps:']).optional().register(about, {
    env: 'HERALD_SMTP_URL',
    meaning: 'The mail server of the provider `smtp`, with user and password where it wants them',
    example: 'smtp://user:password@mail.example.com:587',
  }),
  smtpConnections: integer(1, 1_000).register(about, {
    env: 'HERALD_SMTP_CONNECTIONS',
    default: '32',
    meaning: 'Connections to the mail server, per process and lane',
    example: '10',
  }),
  smtpRate: integer(1, 100_000).optional().register(about, {
    env: 'HERALD_SMTP_RATE',
    unit: 'messages/s',
    meaning: 'How many messages the provider `smtp` takes, over all processes; without it there is no limit',
    example: '14',
  }),
  smtpMaxConnections: integer(1, 100_000).optional().register(about, {
    env: 'HERALD_SMTP_MAX_CONNECTIONS',
    meaning:
      'How many connections the provider `smtp` takes at once, over all processes and lanes; without it there is no limit',
    example: '50',
  }),
  twilioAccountSid: matching(/^AC[0-9a-fA-F]{32}$/, '"AC" and 32 hexadecimal digits')
    .optional()
    .register(about, {
      env: 'HERALD_TWILIO_ACCOUNT_SID',
      meaning: 'The account of the provider `twilio`',
      example: 'AC0123456789abcdef0123456789abcdef',
    }),
  twilioAuthToken: secret(16).optional().register(about, {
    env: 'HERALD_TWILIO_AUTH_TOKEN',
    meaning: 'The token of that account',
    example: 'the-token-that-the-console-shows',
  }),
  twilioUrl: url(['http:', 'https:']).optional().register(about, {
    env: 'HERALD_TWILIO_API_URL',
    meaning: "Where the Messages API is, where that is not Twilio's own address",
    example: 'https://twilio.internal.example.com',
  }),
  twilioConnections: integer(1, 1_000).register(about, {
    env: 'HERALD_TWILIO_CONNECTIONS',
    default: '32',
    meaning: 'Connections to Twilio, per process and lane',
    example: '64',
  }),
  twilioRate: integer(1, 100_000).optional().register(about, {
    env: 'HERALD_TWILIO_RATE',
    unit: 'messages/s',
    meaning: 'How many messages the provider `twilio` takes, over all processes; without it there is no limit',
    example: '14',
  }),
  twilioMaxConnections: integer(1, 100_000).optional().register(about, {
    env: 'HERALD_TWILIO_MAX_CONNECTIONS',
    meaning:
      'How many connections the provider `twilio` takes at once, over all processes and lanes; without it there is no limit',
    example: '50',
  }),
  vapidPublicKey: matching(/^[\w-]{87}$/, 'a P-256 point of 65 bytes in base64url')
    .optional()
    .register(about, {
      env: 'HERALD_VAPID_PUBLIC_KEY',
      meaning: 'The public key for which browsers subscribe to pushes, see `GET /v1/push/public-key`',
      example: 'the-publicKey-that-npx-web-push-generate-vapid-keys-prints',
    }),
  vapidPrivateKey: matching(/^[\w-]{43}$/, '32 bytes in base64url')
    .optional()
    .register(about, {
      env: 'HERALD_VAPID_PRIVATE_KEY',
      meaning:
        'Signs pushes; the same in every process. Without it the first start makes a pair and keeps it in `vapid.key`: whoever subscribed stays subscribed for that one alone',
      example: 'the-privateKey-that-npx-web-push-generate-vapid-keys-prints',
    }),
  vapidSubject: matching(
    /^(?:mailto:[^@\s]+@[^@\s]+|https:\/\/[^\s/]+\S*)$/,
    'an address in mailto: or a URL in https:',
  ).register(about, {
    env: 'HERALD_VAPID_SUBJECT',
    default: 'mailto:herald@example.com',
    meaning: 'Where push services find somebody responsible; your own',
    example: 'mailto:ops@example.com',
  }),
  pushConnections: integer(1, 1_000).register(about, {
    env: 'HERALD_PUSH_CONNECTIONS',
    default: '64',
    meaning: 'Connections to push services, per process and lane',
    example: '64',
  }),
  pushRate: integer(1, 100_000).optional().register(about, {
    env: 'HERALD_PUSH_RATE',
    unit: 'messages/s',
    meaning: 'How many messages the provider `web-push` takes, over all processes; without it there is no limit',
    example: '14',
  }),
  pushMaxConnections: integer(1, 100_000).optional().register(about, {
    env: 'HERALD_PUSH_MAX_CONNECTIONS',
    meaning:
      'How many connections the provider `web-push` takes at once, over all processes and lanes; without it there is no limit',
    example: '50',
  }),
  allowedPrivateHosts: hosts().optional().register(about, {
    env: 'HERALD_ALLOWED_PRIVATE_HOSTS',
    meaning:
      'Hosts (`name`, or `name:port`) that pushes and webhooks may go to though their addresses are not public, webhooks also without TLS; every other endpoint at such an address is refused',
    example: 'push.internal:8443,10.0.0.7',
  }),
  pushCa: pem('certificates').optional().register(about, {
    env: 'HERALD_PUSH_CA',
    meaning:
      "A file with the certificates, in PEM, that those hosts may show, for pushes and webhooks, in place of the system's",
    example: '/etc/herald/push-ca.pem',
  }),
  providers: providersFile().optional().register(about, {
    env: 'HERALD_PROVIDERS',
    meaning: 'A file with further providers, see [delivery.md](delivery.md#several-providers)',
    example: '/etc/herald/providers.json',
  }),
  transactionalShare: integer(0, 90, 0.01).register(about, {
    env: 'HERALD_TRANSACTIONAL_SHARE',
    default: '20',
    unit: '%',
    meaning: 'So much of what a limited provider takes is kept for transactional messages',
    example: '50',
  }),
  circuitFailures: integer(1, 20).register(about, {
    env: 'HERALD_CIRCUIT_FAILURES',
    default: '5',
    unit: 'replies',
    meaning:
      'A provider is given no messages when so many of its latest 20 replies say that it does not work, and at least half of them',
    example: '10',
  }),
  circuitOpenMs: integer(10, 3_600_000).register(about, {
    env: 'HERALD_CIRCUIT_OPEN_MS',
    default: '10000',
    unit: 'ms',
    meaning: 'After so long a single message is given to it, to see whether it works again',
    example: '30000',
  }),
  inbox: oneOf(['auto', 'on', 'off']).register(about, {
    env: 'HERALD_INBOX',
    default: 'auto',
    meaning:
      '`on`: what is sent on a channel without an account of yours comes to servers of this process, and is shown by `/inbox`; `off`: it waits until there is an account; `auto`: on where one process is alone, off where it is one of many',
    example: 'off',
  }),
  providerTimeoutMs: integer(10, 600_000).register(about, {
    env: 'HERALD_PROVIDER_TIMEOUT_MS',
    default: '20000',
    unit: 'ms',
    meaning: 'How long one call of a provider may take',
    example: '20000',
  }),
};
