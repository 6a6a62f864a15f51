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
}

/** One campaign for each thing that makes a difference on the way of a message. */
const SAMPLES: readonly Sample[] = [
  { id: 'reset', channel: 'email', lane: 'transactional', guarantee: 'at-least-once', seconds: 60 },
  { id: 'code', channel: 'email', lane: 'transactional', guarantee: 'at-most-once', seconds: 12 },
  { id: 'alert', channel: 'sms', lane: 'transactional', guarantee: 'at-least-once', seconds: 25 },
  { id: 'news', channel: 'email', lane: 'marketing', guarantee: 'at-most-once', seconds: 90 },
];
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

const versionOf = ({ id, channel, guarantee, seconds }: Sample): CampaignVersion => ({
  version: 1,
  content: {
    title: id,
    description: '',
    surfaceId: channel,
    namespace: channel === 'email' ? 'email' : 'phone',
    createProfiles: true,
    timeToLive: seconds,
    guarantee,
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
      { ...common, id: 'sms', name: 'sms', channel: 'sms', sender: { from: 'Herald' }, providers: [...PROVIDERS.sms] },
    ],
  ]);
}
