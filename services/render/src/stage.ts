import { LIMITS, type EventBody, type RenderedContent } from '@herald/contracts';
import type { Message, Outcome, Pipeline, Stage } from '@herald/pipeline';
import type { Catalog } from '@herald/service-kit';
import type { CampaignVersion } from '@herald/store';
import { compileContent, type ContentTemplate } from '@herald/templates';
import { LRUCache } from 'lru-cache';

type Resolved = Message<'message.resolved.v1'>;
type Rendering = Outcome<'message.rendered.v1'>;
interface Compiled {
  readonly version: CampaignVersion;
  readonly template: ContentTemplate | undefined;
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
    const { content, onMissing, fragments } = version.content;
    const result = compileContent(body.channel, content, { onMissing, fragments });
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
  const { address, pushKeys, profile, context, ...base } = body;
  if (address === undefined) return { kind: 'end', ending: { state: 'excluded', reason: 'no-address' } };
  if (template === undefined) return { kind: 'end', ending: { state: 'failed', reason: 'template-error' } };
  const system = {
    executionId: base.executionId,
    messageId: meta.messageId,
    campaignName: version.content.title,
    time: new Date(base.times.accepted).toISOString(),
  };
  const rendered = template.render({ profile, context, system });
  if (!rendered.ok) {
    const { reason, detail } = rendered;
    // Not a fault of the content: the author said that such a message is not to be sent.
    const state = reason === 'missing-attribute' ? 'excluded' : 'failed';
    return { kind: 'end', ending: { state, reason, detail } };
  }
  const { content } = rendered;
  const out: EventBody<'message.rendered.v1'> = {
    ...base,
    times: { ...base.times, rendered: now },
    address,
    ...(pushKeys === undefined ? {} : { pushKeys }),
    surfaceId: version.content.surfaceId,
    content,
  };
  if (mayBeTooLarge(content)) {
    const bytes = Buffer.byteLength(JSON.stringify(out));
    if (bytes > LIMITS.envelopeBytes) {
      return { kind: 'dead', reason: 'too-large', detail: `${bytes} bytes` };
    }
  }
  return { kind: 'forward', body: out };
}

/** A character takes six bytes of JSON at most: only what could be over the limit is measured. The others are small. */
const mayBeTooLarge = (content: RenderedContent): boolean =>
  content.kind === 'email' &&
  (content.subject.length + content.html.length + content.text.length + lengthOf(content.headers)) * 6 >
    LIMITS.envelopeBytes - 10_000;

const lengthOf = (headers: Readonly<Record<string, string>> = {}): number =>
  Object.values(headers).reduce((sum, value) => sum + value.length, 0);
