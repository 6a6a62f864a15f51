import { API, type Preview, type Recipient, type Tenant } from '@herald/contracts';
import { reply, type ApiBuilder, type Refusal } from '@herald/service-kit';
import type { Store } from '@herald/store';
import { smsSegments, type RenderedResult } from '@herald/templates';
import { tenantOf, type ControlDeps } from './rest.ts';
import { samplesOf, targetOf, type Target } from './sample.ts';
import { trialOf, tryRecipient, type Trial, type Tried } from './trial.ts';
import { attributesOf } from './values.ts';

type Check = Preview['decisions']['checks'][number];

export function routePreview(api: ApiBuilder, { store, runtime }: ControlDeps): void {
  api.handle(API.previewCampaign, async (call) => {
    const tenant = tenantOf(call);
    const { id } = call.params;
    const target = await targetOf(store, tenant, id, call.body.version);
    if ('problem' in target) return target;
    const recipients = await samplesOf(store, tenant, id, call.body);
    if ('problem' in recipients) return recipients;
    const previews = await previewOf(store, tenant, target, recipients, runtime.clock.now());
    if ('problem' in previews) return previews;
    const { head, version } = target;
    return reply(200, { campaignId: head.id, version: version.version, channel: head.channel, previews });
  });
}

/**
 * What a call would send to each recipient at `now`, and why. What is sensitive is masked before it is rendered, so that
 * no helper can write it in another way; whether it can be rendered is told by the real values. Writes nothing.
 */
export async function previewOf(
  store: Pick<Store, 'profiles' | 'suppressions'>,
  tenant: Tenant,
  target: Target,
  recipients: readonly Recipient[],
  now: number,
): Promise<readonly Preview[] | Refusal<'not-renderable'>> {
  const trial = trialOf(target);
  if ('problem' in trial) return trial;
  return Promise.all(
    recipients.map(async (recipient, recipientIndex) => {
      const tried = await tryRecipient(store, tenant, trial, recipient);
      const { channel } = target.head;
      const address = tried.person.destination?.address;
      const [obstacle] = address === undefined ? [] : await store.suppressions.check([{ ...tenant, channel, address }]);
      return preview(trial, tried, { recipientIndex, suppressed: obstacle !== undefined, now });
    }),
  );
}

function preview(
  { target, template, sensitive }: Trial,
  tried: Tried,
  { recipientIndex, suppressed, now }: { recipientIndex: number; suppressed: boolean; now: number },
): Preview {
  const { person, profile, context, given, override } = tried;
  // There is no execution yet: its id is one that no execution has.
  const system = {
    executionId: 'HUMA-preview',
    messageId: `HUMA-preview.${recipientIndex}`,
    campaignName: target.version.content.title,
    time: new Date(now).toISOString(),
  };
  const real = { profile: person.attributes, context, system };
  const rendered = template.render(real);
  const shown = template.render({ ...sensitive.masked(real), system }, { onMissing: 'empty' });
  const checks = checksOf(tried, suppressed, rendered);
  const failed = checks.find(({ passed }) => !passed);
  return {
    recipientIndex,
    outcome: failed === undefined ? 'sent' : outcomeOf(failed),
    ...(failed?.reason === undefined ? {} : { reason: failed.reason }),
    ...(failed?.detail === undefined ? {} : { detail: failed.detail }),
    ...(shown.ok ? { content: shown.content } : {}),
    ...(rendered.ok && rendered.content.kind === 'sms' ? { sms: smsSegments(rendered.content.text) } : {}),
    decisions: {
      profile,
      address: person.address,
      ...attributesOf(template.attributes, { real, override, given, sensitive }),
      checks,
    },
  };
}

/** In the order in which a call and its message meet them. */
function checksOf({ person, profile, invalid }: Tried, suppressed: boolean, rendered: RenderedResult): Check[] {
  const check = (name: Check['check'], reason: string | undefined, more: Partial<Check> = {}): Check =>
    reason === undefined ? { check: name, passed: true } : { check: name, passed: false, reason, ...more };
  const { refusedBy, destination } = person;
  const wrong = invalid && {
    field: invalid.field === '' ? 'context' : `context.${invalid.field}`.slice(0, 200),
    detail: invalid.message,
  };
  return [
    check('schema', wrong && 'context-invalid', wrong),
    check('profile', profile.found === 'unknown' ? 'unknown-profile' : undefined),
    check('consent', refusedBy && 'no-consent', { detail: refusedBy ?? '' }),
    check('address', destination === undefined ? 'no-address' : undefined),
    check('suppression', suppressed ? 'suppressed' : undefined),
    rendered.ok ? check('content', undefined) : check('content', rendered.reason, { detail: rendered.detail }),
  ];
}

function outcomeOf({ check, reason }: Check): Preview['outcome'] {
  if (check === 'schema') return 'refused';
  return check === 'content' && reason !== 'missing-attribute' ? 'failed' : 'excluded';
}
