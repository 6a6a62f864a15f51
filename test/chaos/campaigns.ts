import type { Channel, Guarantee, Lane } from '@herald/contracts';
import type { Client } from '../support/client.ts';
import type { FarEnd } from './far-end.ts';

/** A live campaign, and how to write a recipient of it. `ref`: unique, and in the text of what is sent. */
export interface ChaosCampaign {
  readonly id: string;
  readonly name: string;
  readonly channel: Channel;
  readonly guarantee: Guarantee;
  readonly timeToLiveMs: number;
  recipient(ref: string): object;
}

interface Kind {
  readonly name: string;
  readonly channel: Channel;
  readonly category: Lane;
  readonly guarantee: Guarantee;
  /** Seconds; absent: the run's own. */
  readonly timeToLive?: number;
  /** Its recipients are looked up, and made where there are none. */
  readonly withProfiles?: true;
}

const KINDS: readonly Kind[] = [
  { name: 'reset', channel: 'email', category: 'transactional', guarantee: 'at-least-once', withProfiles: true },
  { name: 'receipt', channel: 'email', category: 'transactional', guarantee: 'at-most-once' },
  { name: 'newsletter', channel: 'email', category: 'marketing', guarantee: 'at-least-once' },
  { name: 'otp', channel: 'sms', category: 'transactional', guarantee: 'at-least-once', timeToLive: 4 },
  { name: 'offer', channel: 'sms', category: 'marketing', guarantee: 'at-most-once' },
  { name: 'alert', channel: 'push', category: 'transactional', guarantee: 'at-least-once' },
  { name: 'news', channel: 'push', category: 'marketing', guarantee: 'at-most-once' },
];

const CONTENT = {
  email: { subject: 'Order {{context.ref}}', html: '<p>{{context.ref}}</p>', text: '{{context.ref}}' },
  sms: { text: 'ref={{context.ref}};' },
  push: { title: 'Order', body: '{{context.ref}}' },
} as const;

export async function createCampaigns(client: Client, far: FarEnd, timeToLive: number): Promise<ChaosCampaign[]> {
  const campaigns: ChaosCampaign[] = [];
  for (const { withProfiles = false, ...kind } of KINDS) {
    const seconds = kind.timeToLive ?? timeToLive;
    const { name, channel, category, guarantee } = kind;
    const id = await client.campaign({
      title: name,
      channel,
      category,
      guarantee,
      content: CONTENT[channel],
      timeToLive: seconds,
      ...(withProfiles ? { createProfiles: true } : {}),
    });
    campaigns.push({
      id,
      name,
      channel,
      guarantee,
      timeToLiveMs: seconds * 1_000,
      recipient: (ref) => ({ type: withProfiles ? 'aep' : 'external', context: { ref }, ...whom(far, channel, ref) }),
    });
  }
  return campaigns;
}

let numbers = 0;
function whom(far: FarEnd, channel: Channel, ref: string): object {
  switch (channel) {
    case 'email':
      return { namespace: 'email', userId: `${ref}@example.com` };
    case 'sms':
      return { namespace: 'phone', userId: `+1555${String((numbers += 1)).padStart(7, '0')}` };
    case 'push':
      return {
        namespace: 'crm',
        userId: ref,
        channelData: { pushInfo: { platform: 'web', token: JSON.stringify(far.subscription(ref)) } },
      };
  }
}
