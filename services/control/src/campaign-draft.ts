import {
  instantOf,
  isLocalTime,
  type CampaignContent,
  type CampaignType,
  type Channel,
  type Tenant,
} from '@herald/contracts';
import { invalid, refuse, type Refusal } from '@herald/service-kit';
import type { Store } from '@herald/store';

const TIMES = ['startAt', 'endAt', 'scheduledAt'] as const;

/** What an author wrote as it is stored: times are instants, whatever the zone database says later. */
export function draftOf(
  written: CampaignContent,
  type: CampaignType,
): { ok: true; content: CampaignContent } | { ok: false; refusal: Refusal<'invalid-body'> } {
  const wrong = (field: string, message: string) => ({ ok: false, refusal: invalid({ field, message }) }) as const;
  const times: Partial<Record<(typeof TIMES)[number], string>> = {};
  for (const field of TIMES) {
    const time = written[field];
    if (time === undefined) continue;
    const whole = time.replace(/(T\d{2}:\d{2})(?=$|Z|[+-])/, '$1:00');
    if (!isLocalTime(whole)) times[field] = whole;
    else if (written.timeZone === undefined) return wrong(field, 'needs an offset, or a timeZone beside it');
    else {
      const found = instantOf(whole, written.timeZone);
      if (!found.ok) return wrong(field, found.message);
      times[field] = found.instant;
    }
  }
  const content = { ...written, ...times };
  if (content.tags !== undefined) content.tags = [...new Set(content.tags)];
  const scheduled = type === 'scheduled';
  for (const field of ['audience', 'scheduledAt'] as const) {
    if (scheduled && content[field] === undefined) return wrong(field, 'is needed for a scheduled campaign');
    if (!scheduled && content[field] !== undefined)
      return wrong(field, 'is for a scheduled campaign: the recipients of this one come with each call');
  }
  return { ok: true, content };
}

/** A surface that cannot be picked is refused when it is; one that changes later shows in the validation. */
export async function surfaceProblem(
  store: Pick<Store, 'surfaces'>,
  tenant: Tenant,
  channel: Channel,
  surfaceId: string,
): Promise<Refusal<'surface-unusable'> | undefined> {
  const surface = await store.surfaces.get(tenant, surfaceId);
  const reason =
    surface === undefined
      ? 'names no surface of this sandbox'
      : surface.channel !== channel
        ? 'names a surface for another channel'
        : surface.status === 'active'
          ? undefined
          : 'names a surface that is not active';
  if (reason === undefined) return undefined;
  return refuse('surface-unusable', { detail: `surfaceId ${reason}`, context: { field: 'surfaceId' } });
}
