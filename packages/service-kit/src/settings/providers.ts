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
  allowedPrivateHosts: hosts().optional().register(about, {
    env: 'HERALD_ALLOWED_PRIVATE_HOSTS',
    meaning:
      'Hosts (`name`, or `name:port`) that pushes and webhooks may go to though their addresses are not public, webhooks also without TLS; every other endpoint at such an address is refused',
    example: 'push.internal:8443,10.0.0.7',
  }),
  pushCa: pem('certificates').optional().register(about, {
    env: 'HERALD_PUSH_CA',
    meaning: "A file with the in PEM, that those hosts may show in place of the system's",
    example: '/etc/herald/push-ca.pem',
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
