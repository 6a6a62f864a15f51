import {
  campaignContentSchema,
  type CampaignContent,
  type CampaignIssue,
  type CampaignValidation,
  type Channel,
  type ProviderView,
  type Surface,
} from '@herald/contracts';
import { compileContent, linkIssues, smsSegments, type Fragments } from '@herald/templates';
import type { StoredCampaign } from './campaign-view.ts';
import { channelOfProvider } from './providers.ts';
import { contextIssues } from './context-issues.ts';
import { retryIssues } from './retry.ts';

/** What keeps a campaign from being activated (errors), and what its author may not have meant (warnings). */
export function validateCampaign(
  content: CampaignContent,
  channel: Channel,
  surface: Surface | undefined,
  {
    now,
    ladderMs,
    fragments = {},
    providers = [],
  }: {
    readonly now: number;
    readonly ladderMs: readonly number[];
    readonly fragments?: Fragments;
    readonly providers?: readonly ProviderView[];
  },
): CampaignIssue[] {
  return [
    ...surfaceIssues(channel, surface, providers),
    ...dateIssues(content, now),
    ...retryIssues(content, surface, ladderMs),
    ...contentIssues(channel, { ...content, fragments }),
  ];
}

const error = (field: string, message: string): CampaignIssue => ({ severity: 'error', field, message });
const warning = (field: string, message: string): CampaignIssue => ({ severity: 'warning', field, message });

function surfaceIssues(
  channel: Channel,
  surface: Surface | undefined,
  providers: readonly ProviderView[],
): CampaignIssue[] {
  if (surface === undefined) return [error('surfaceId', 'names no surface of this sandbox')];
  if (surface.channel !== channel) return [error('surfaceId', 'names a surface for another channel')];
  return [
    ...(surface.status === 'active' ? [] : [error('surfaceId', 'names a surface that is not active')]),
    ...surface.providers.flatMap((name) => providerIssues(name, channel, providers)),
  ];
}

function providerIssues(name: string, channel: Channel, providers: readonly ProviderView[]): CampaignIssue[] {
  const known = channelOfProvider(name, providers);
  if (known === channel) return [];
  return known === undefined
    ? [warning('surfaceId', `names a surface with the provider ${name}, which is not configured here`)]
    : [error('surfaceId', `names a surface with the provider ${name}, which is one for ${known}`)];
}

function dateIssues({ startAt, endAt, scheduledAt }: CampaignContent, now: number): CampaignIssue[] {
  if (scheduledAt !== undefined && Date.parse(scheduledAt) <= now) return [error('scheduledAt', 'is in the past')];
  if (endAt === undefined) return [];
  const end = Date.parse(endAt);
  if (startAt !== undefined && end <= Date.parse(startAt)) return [error('endAt', 'must be after startAt')];
  return end <= now ? [error('endAt', 'is in the past')] : [];
}

function contentIssues(channel: Channel, version: CampaignContent): CampaignIssue[] {
  const { content, createProfiles, onMissing, fragments } = version;
  const compiled = compileContent(channel, content, { onMissing, fragments });
  if (!compiled.ok) return compiled.issues.map(({ field, message }) => error(`content.${field}`, message));
  const links = linkIssues(channel, content, fragments);
  const issues = links.map(({ severity, field, message }): CampaignIssue => ({
    severity,
    field: `content.${field}`,
    message,
  }));
  if (channel === 'email' && !('text' in content))
    issues.push(warning('content.text', 'is missing: it will be made from the HTML'));
  const attribute = compiled.template.attributes.find((path) => path.startsWith('profile.'));
  if (createProfiles && attribute !== undefined) {
    issues.push(warning('createProfiles', `is on: ${attribute} is empty for a profile that a call creates`));
  }
  issues.push(...contextIssues(version, compiled.template.attributes));
  const sms = smsOf(channel, content, fragments);
  if (sms !== undefined && (sms.segments > 1 || sms.encoding === 'ucs-2')) issues.push(smsWarning(sms));
  return issues;
}

function smsWarning({ encoding, segments, exact }: Sms): CampaignIssue {
  const size = encoding === 'gsm-7' ? '160, or 153 of several,' : '70, or 67 of several,';
  const why = encoding === 'gsm-7' ? 'in GSM-7' : 'in UCS-2, for a character that GSM-7 does not have,';
  const count = `${exact ? '' : 'at least '}${segments} message${segments === 1 ? '' : 's'}`;
  return warning('content.text', `is sent ${why} as ${count}: one holds ${size} characters`);
}

type Sms = NonNullable<CampaignValidation['sms']>;

/** How a text message would be sent; values come on top of it where there are any. */
function smsOf(
  channel: Channel,
  content: CampaignContent['content'],
  fragments: CampaignContent['fragments'],
): Sms | undefined {
  if (channel !== 'sms') return undefined;
  const compiled = compileContent('sms', content as { text: string }, { fragments });
  if (!compiled.ok) return undefined;
  const rendered = compiled.template.render({ profile: {}, context: {}, system: {} }, { onMissing: 'empty' });
  if (!rendered.ok) return undefined;
  return { ...smsSegments(rendered.content.text), exact: compiled.template.attributes.length === 0 };
}

/** What a review shows beside the issues: every setting, and the values that the content and its fragments use. */
export function reviewCampaign(
  { head, newest }: StoredCampaign,
  fragments: CampaignContent['fragments'],
): Omit<CampaignValidation, 'valid' | 'issues'> {
  const { content, ...fields } = newest.content;
  const given: Readonly<Record<string, unknown>> = { tags: [], ...fields };
  const names = Object.keys(campaignContentSchema.shape).filter((name) => name !== 'content');
  const { type = 'api-triggered', channel, category, reviewRequired = false } = head;
  const settings = [
    ...Object.entries({ type, channel, category, reviewRequired }),
    ...names.map((name): [string, unknown] => [name, given[name] ?? null]),
    ...Object.entries(content).map(([name, value]): [string, unknown] => [`content.${name}`, value]),
  ].map(([field, value]) => ({ field, value }));
  const compiled = compileContent(channel, content, { fragments });
  const sms = smsOf(channel, content, fragments);
  return {
    settings,
    attributes: compiled.ok ? [...compiled.template.attributes] : [],
    ...(sms === undefined ? {} : { sms }),
  };
}
