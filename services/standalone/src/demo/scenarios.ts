import type { Channel } from '@herald/contracts';

/** One recipient of the call that a campaign generates, with its placeholders. */
export interface SampleRecipient {
  readonly userId: string;
  readonly channelData?: { readonly pushInfo?: { readonly token: string } };
  readonly context: Readonly<Record<string, string>>;
}

/** A message that a person is waiting for: how it is set up, what a caller puts in, and what must arrive. */
export interface Scenario {
  readonly channel: Channel;
  readonly surface: { readonly name: string; readonly channel: Channel } & Readonly<Record<string, unknown>>;
  readonly campaign: { readonly title: string } & Readonly<Record<string, unknown>>;
  /** Each placeholder of the generated call with the value that takes its place. `token`: a push subscription. */
  values(
    sample: SampleRecipient,
    token: string,
  ): readonly (readonly [placeholder: string | undefined, value: string])[];
  /** Has to be in what arrives, to the byte. */
  readonly arrives: string;
}

/** Made elsewhere: a query string that must arrive byte for byte, with `&`, `=`, `%2F` and letters outside ASCII. */
const RESET_URL = 'https://accounts.example/reset?token=a%2Fb%2Bc==&user=ada&name=Ærøskøbing&next=%2Fhome%3Ftab%3D1';
const CODE = '493817';
const PARCEL = 'DK-2207';

const HTML = `<!doctype html>
<html>
  <body style="font-family: sans-serif">
    <p>Hello{{#if profile.person.name.firstName}} {{profile.person.name.firstName}}{{/if}},</p>
    <p>somebody asked for a new password for your account. If it was you:</p>
    <p><a href="{{context.resetUrl}}">Choose a new password</a></p>
    <p>The link works for five minutes.</p>
  </body>
</html>`;

const common = { category: 'transactional', createProfiles: true };

export const SCENARIOS: readonly Scenario[] = [
  {
    channel: 'email',
    surface: { name: 'demo', channel: 'email', sender: { name: 'Herald demo', address: 'no-reply@demo.example' } },
    campaign: {
      ...common,
      title: 'Password reset',
      description: 'A link made elsewhere, in a message that a person is waiting for.',
      timeToLive: 300,
      content: { subject: 'Reset your password', html: HTML },
    },
    values: ({ userId, context }) => [
      [userId, 'ada@example.com'],
      [context['resetUrl'], RESET_URL],
    ],
    arrives: RESET_URL,
  },
  {
    channel: 'sms',
    surface: { name: 'demo-sms', channel: 'sms', sender: { from: 'Herald' } },
    campaign: {
      ...common,
      title: 'One-time code',
      description: 'Worth nothing after five minutes: then it is not sent any more.',
      timeToLive: 300,
      guarantee: 'at-most-once',
      content: { text: '{{context.code}} is your code. It works for five minutes.' },
    },
    values: ({ userId, context }) => [
      [userId, '+4520123456'],
      [context['code'], CODE],
    ],
    arrives: CODE,
  },
  {
    channel: 'push',
    surface: { name: 'demo-push', channel: 'push' },
    campaign: {
      ...common,
      title: 'Order shipped',
      timeToLive: 3_600,
      content: {
        title: 'Your order is on its way',
        body: 'Parcel {{context.parcel}} arrives {{default context.day "soon"}}.',
        link: 'https://shop.example/track?parcel={{context.parcel}}',
      },
    },
    values: ({ userId, channelData, context }, token) => [
      [userId, '38400000-8cf0-11bd-b23e-10b96e40000d'],
      [channelData?.pushInfo?.token, token],
      [context['parcel'], PARCEL],
      [context['day'], 'tomorrow'],
    ],
    arrives: PARCEL,
  },
];
