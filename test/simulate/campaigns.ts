import type { Channel, Guarantee, Lane, Surface } from '@herald/contracts';
import type { CampaignHead, CampaignVersion } from '@herald/store';

export const TENANT = { org: 'herald', sandbox: 'prod' } as const;
const AT = '2026-01-01T00:00:00.000Z';

interface Sample {
  readonly id: string;
  readonly channel: Exclude<Channel, 'push'>;
  readonly lane: Lane;
  readonly guarantee: Guarantee;
  readonly seconds: number;
  /** A retry policy of its own. */
  readonly retryMs?: readonly number[];
}

/** One campaign for each thing that makes a difference on the way of a message. */
const SAMPLES: readonly Sample[] = [
  { id: 'reset', channel: 'email', lane: 'transactional', guarantee: 'at-least-once', seconds: 60 },
  {
    id: 'code',
    channel: 'email',
    lane: 'transactional',
    guarantee: 'at-most-once',
    seconds: 12,
    retryMs: [1_000, 1_000, 5_000],
  },
  { id: 'alert', channel: 'sms', lane: 'transactional', guarantee: 'at-least-once', seconds: 25 },
  { id: 'news', channel: 'email', lane: 'marketing', guarantee: 'at-most-once', seconds: 90 },
];
const SMS_RETRY_MS = [1_000, 5_000];

/** How many attempts a campaign's messages have that the policy counts; `standard` is the installation's policy. */
export function attemptsOf(campaignId: string, standard: readonly number[]): number {
  const sample = SAMPLES.find(({ id }) => id === campaignId);
  return (sample?.retryMs ?? (sample?.channel === 'sms' ? SMS_RETRY_MS : standard)).length + 1;
}

export const CAMPAIGN_IDS = SAMPLES.map(({ id }) => id);
/** In the order in which they are tried. */
export const PROVIDERS = { email: ['smtp', 'backup'], sms: ['twilio'] } as const;
export const PROVIDER_NAMES = [...PROVIDERS.email, ...PROVIDERS.sms];

export const channelOf = (campaignId: string): 'email' | 'sms' =>
  SAMPLES.find(({ id }) => id === campaignId)?.channel ?? 'email';

export function sampleCampaigns(): Map<string, { head: CampaignHead; readonly version: CampaignVersion }> {
  return new Map(SAMPLES.map((sample) => [sample.id, { head: headOf(sample), version: versionOf(sample) }]));
}

const headOf = ({ id, channel, lane }: Sample): CampaignHead => ({
  id,
  channel,
  category: lane,
  state: 'live',
  version: 1,
  liveVersion: 1,
  revision: 1,
  createdAt: AT,
  modifiedAt: AT,
  activatedAt: AT,
});

const versionOf = ({ id, channel, guarantee, seconds, retryMs }: Sample): CampaignVersion => ({
  version: 1,
  content: {
    title: id,
    description: '',
    surfaceId: channel,
    namespace: channel === 'email' ? 'email' : 'phone',
    createProfiles: true,
    timeToLive: seconds,
    guarantee,
    ...(retryMs === undefined ? {} : { retryMs: [...retryMs] }),
    onMissing: 'empty',
    content:
      channel === 'email'
        ? { subject: 'Hi', html: '<p>{{context.n}}</p>', text: '{{context.n}}' }
        : { text: '{{context.n}}' },
  },
});

export function sampleSurfaces(): Map<string, Surface> {
  const common = { status: 'active', revision: 1, createdAt: AT, modifiedAt: AT } as const;
  return new Map<string, Surface>([
    [
      'email',
      {
        ...common,
        id: 'email',
        name: 'email',
        channel: 'email',
        sender: { name: '', address: 'no-reply@example.com' },
        providers: [...PROVIDERS.email],
      },
    ],
    [
      'sms',
      {
        ...common,
        id: 'sms',
        name: 'sms',
        channel: 'sms',
        sender: { from: 'Herald' },
        providers: [...PROVIDERS.sms],
        retryMs: SMS_RETRY_MS,
      },
    ],
  ]);
}
