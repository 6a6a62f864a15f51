import { CONTENT_SCHEMAS, type Channel, type ContentOf, type RenderedOf } from '@herald/contracts';
import { LimitError, MissingError, startRendering } from './budget.ts';
import { prepareEmail } from './email.ts';
import { withFragments, type Fragments } from './fragments.ts';
import type { Part } from './part.ts';
import { preparePush } from './push.ts';
import { prepareSms } from './sms.ts';

/** What keeps a part from being used; `message` begins with the line where there is one. */
export interface ContentIssue {
  /** As in `html`, `actions[0].link`, `data.orderId`. */
  readonly field: string;
  readonly message: string;
}

/** The values to merge, nested (`nestAttributes`). JSON values only. `system` is read as `context.system`. */
export interface RenderInput {
  readonly profile: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly system: Readonly<Record<string, unknown>>;
}

/** What becomes of a value that is printed or repeated and that nobody gave (or gave as null). */
export interface MissingOptions {
  /** `empty` (the default): nothing is printed. `exclude`: nothing is rendered. */
  readonly onMissing?: 'empty' | 'exclude';
}

export interface CompileOptions extends MissingOptions {
  /** What `{{> name}}` stands for. */
  readonly fragments?: Fragments | undefined;
}

/** `detail` names the field, or the missing attribute's path; never a value. */
export type RenderedResult<C extends Channel = Channel> =
  | { readonly ok: true; readonly content: RenderedOf<C> }
  | {
      readonly ok: false;
      readonly reason: 'template-error' | 'output-too-large' | 'too-many-iterations' | 'missing-attribute';
      readonly detail: string;
    };

export interface ContentTemplate<C extends Channel = Channel> {
  /**
   * Every `context.…` and `profile.…` path that the content uses, sorted; an element of a list is written `[]`, as in
   * `context.items[].name`.
   */
  readonly attributes: readonly string[];
  /** Never throws. The options win over those that the content was compiled with. */
  render(input: RenderInput, options?: MissingOptions): RenderedResult<C>;
}

/** Renders one field; whatever ends the rendering is thrown. */
export type Merge = (field: string, part: Part) => string;

/** A channel's content, with its fields compiled. */
export type Prepared<C extends Channel> =
  | {
      readonly ok: true;
      readonly parts: readonly Part[];
      readonly render: (merge: Merge) => RenderedOf<C>;
    }
  | { readonly ok: false; readonly issues: readonly ContentIssue[] };

const NOTHING: RenderInput = { profile: {}, context: {}, system: {} };

/**
 * Compiles a channel's content once for many renderings. Compiling costs milliseconds, rendering microseconds. How a
 * value is escaped is decided here, from where it stands.
 */
export function compileContent<C extends Channel>(
  channel: C,
  content: ContentOf<C>,
  { onMissing = 'empty', fragments = {} }: CompileOptions = {},
): { ok: true; template: ContentTemplate<C> } | { ok: false; issues: readonly ContentIssue[] } {
  const whole = withFragments(content, fragments);
  if (!whole.ok) return whole;
  const prepared = prepare(channel, whole.content);
  if (!prepared.ok) return prepared;
  const template: ContentTemplate<C> = {
    attributes: [...new Set(prepared.parts.flatMap(({ attributes }) => attributes))].toSorted(),
    render: (input, options = {}) => render(prepared.render, input, options.onMissing ?? onMissing),
  };
  // What is too large without any value will be too large with them.
  const trial = template.render(NOTHING, { onMissing: 'empty' });
  if (trial.ok) return { ok: true, template };
  return { ok: false, issues: [{ field: trial.detail, message: `cannot be rendered: ${trial.reason}` }] };
}

function prepare<C extends Channel>(channel: C, content: ContentOf<C>): Prepared<C> {
  const prepared = prepareAny(channel, content);
  return prepared as Prepared<C>;
}

/** The content is looked at again, because a channel and a content that was written for another one can meet. */
function prepareAny(channel: Channel, content: unknown): Prepared<Channel> {
  if (channel === 'email') return whenValid(CONTENT_SCHEMAS.email.safeParse(content), prepareEmail);
  if (channel === 'sms') return whenValid(CONTENT_SCHEMAS.sms.safeParse(content), prepareSms);
  return whenValid(CONTENT_SCHEMAS.push.safeParse(content), preparePush);
}

type Validated<T> =
  | { readonly success: true; readonly data: T }
  | {
      readonly success: false;
      readonly error: { readonly issues: readonly { path: readonly PropertyKey[]; message: string }[] };
    };

function whenValid<T, C extends Channel>(validated: Validated<T>, then: (content: T) => Prepared<C>): Prepared<C> {
  if (validated.success) return then(validated.data);
  const issues = validated.error.issues.map(({ path, message }) => ({
    field: path.map(String).join('.') || 'content',
    message,
  }));
  return { ok: false, issues };
}

function render<C extends Channel>(
  run: (merge: Merge) => RenderedOf<C>,
  { profile, context, system }: RenderInput,
  onMissing: 'empty' | 'exclude',
): RenderedResult<C> {
  const root = { profile, context: { ...context, system } };
  let field = '';
  try {
    const content = run((name, part) => {
      field = name;
      startRendering(onMissing === 'exclude');
      return part.render(root);
    });
    return { ok: true, content };
  } catch (error) {
    if (error instanceof MissingError) return { ok: false, reason: 'missing-attribute', detail: error.path };
    if (error instanceof LimitError) return { ok: false, reason: error.reason, detail: error.what ?? field };
    const tooLong = error instanceof RangeError && /string length/.test(error.message);
    return { ok: false, reason: tooLong ? 'output-too-large' : 'template-error', detail: field };
  }
}
