import type { CampaignContent, CampaignIssue, Channel, Surface } from '@herald/contracts';
import { compileContent, type Fragments } from '@herald/templates';

/** What keeps a campaign from being activated (errors), and what its author may not have meant (warnings). */
export function validateCampaign(
  content: CampaignContent,
  channel: Channel,
  surface: Surface | undefined,
  now: number,
  fragments: Fragments = {},
): CampaignIssue[] {
  return [
    ...surfaceIssues(channel, surface),
    ...dateIssues(content, now),
    ...contentIssues(channel, { ...content, fragments }),
  ];
}

const error = (field: string, message: string): CampaignIssue => ({ severity: 'error', field, message });
const warning = (field: string, message: string): CampaignIssue => ({ severity: 'warning', field, message });

function surfaceIssues(channel: Channel, surface: Surface | undefined): CampaignIssue[] {
  if (surface === undefined) return [error('surfaceId', 'names no surface of this sandbox')];
  if (surface.channel !== channel) return [error('surfaceId', 'names a surface for another channel')];
  return surface.status === 'active' ? [] : [error('surfaceId', 'names a surface that is not active')];
}

function dateIssues({ startAt, endAt }: CampaignContent, now: number): CampaignIssue[] {
  if (endAt === undefined) return [];
  const end = Date.parse(endAt);
  if (startAt !== undefined && end <= Date.parse(startAt)) return [error('endAt', 'must be after startAt')];
  return end <= now ? [error('endAt', 'is in the past')] : [];
}

function contentIssues(
  channel: Channel,
  { content, createProfiles, onMissing, fragments }: CampaignContent,
): CampaignIssue[] {
  const compiled = compileContent(channel, content, { onMissing, fragments });
  if (!compiled.ok) return compiled.issues.map(({ field, message }) => error(`content.${field}`, message));
  const issues: CampaignIssue[] = [];
  if (channel === 'email' && !('text' in content))
    issues.push(warning('content.text', 'is missing: it will be made from the HTML'));
  const attribute = compiled.template.attributes.find((path) => path.startsWith('profile.'));
  if (createProfiles && attribute !== undefined) {
    issues.push(warning('createProfiles', `is on: ${attribute} is empty for a profile that a call creates`));
  }
  return issues;
}
