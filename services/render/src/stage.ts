import { LIMITS, type EventBody } from '@herald/contracts';
import type { Message, Outcome, Pipeline, Stage } from '@herald/pipeline';
import type { Catalog } from '@herald/service-kit';
import type { CampaignVersion } from '@herald/store';
import { compileEmail, type EmailTemplate } from '@herald/templates';
import { LRUCache } from 'lru-cache';

type Resolved = Message<'message.resolved.v1'>;
type Rendering = Outcome<'message.rendered.v1'>;
interface Compiled {
  readonly version: CampaignVersion;
  readonly template: EmailTemplate | undefined;
}

/** Profile and context merged into the campaign's content. A version is immutable, so it is compiled once. */
export function createRenderStage(
  { patience }: Pipeline,
  catalog: Catalog,
): Stage<'message.resolved.v1', 'message.rendered.v1'> {
  const compiled = new LRUCache<string, Compiled>({ max: 500 });

  async function compile(message: Resolved): Promise<Compiled | undefined> {
    const { meta, body } = message;
    const version = await patience.persist(() => catalog.version(meta, body.campaignId, body.campaignVersion));
    if (version === undefined) return undefined;
    const result = compileEmail(version.content.content);
    const entry = { version, template: result.ok ? result.template : undefined };
    compiled.set(keyOf(message), entry);
    return entry;
  }

  return (batch, ctx) =>
    batch.map(async (message): Promise<Rendering> => {
      const entry = compiled.get(keyOf(message)) ?? (await compile(message));
      if (entry === undefined) return { kind: 'dead', reason: 'campaign-missing', detail: message.body.campaignId };
      return render(message, entry, ctx.runtime.clock.now());
    });
}

const keyOf = ({ meta, body }: Resolved): string =>
  `${meta.org}\n${meta.sandbox}\n${body.campaignId}\n${body.campaignVersion}`;

function render({ meta, body }: Resolved, { version, template }: Compiled, now: number): Rendering {
  const { address, profile, context, ...base } = body;
  if (address === undefined) return { kind: 'end', ending: { state: 'excluded', reason: 'no-address' } };
  if (template === undefined) return { kind: 'end', ending: { state: 'failed', reason: 'template-error' } };
  const system = {
    executionId: base.executionId,
    messageId: meta.messageId,
    campaignName: version.content.title,
    time: new Date(now).toISOString(),
  };
  const rendered = template.render({ profile, context, system });
  if (!rendered.ok) {
    return { kind: 'end', ending: { state: 'failed', reason: rendered.reason, detail: rendered.detail } };
  }
  const { email } = rendered;
  const out: EventBody<'message.rendered.v1'> = {
    ...base,
    times: { ...base.times, rendered: now },
    address,
    surfaceId: version.content.surfaceId,
    email,
  };
  if (mayBeTooLarge(email)) {
    const bytes = Buffer.byteLength(JSON.stringify(out));
    if (bytes > LIMITS.envelopeBytes) {
      return { kind: 'dead', reason: 'too-large', detail: `${bytes} bytes` };
    }
  }
  return { kind: 'forward', body: out };
}

/** A character takes six bytes of JSON at most: only what could be over the limit is measured. */
const mayBeTooLarge = ({ subject, html, text }: { subject: string; html: string; text: string }): boolean =>
  (subject.length + html.length + text.length) * 6 > LIMITS.envelopeBytes - 10_000;
