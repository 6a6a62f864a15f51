import { compileContextSchema, type ContextSchema } from '@herald/context-schema';
import type { Preview, Recipient, Tenant } from '@herald/contracts';
import { refuse, type Refusal } from '@herald/service-kit';
import type { Store } from '@herald/store';
import { compileContent, nestAttributes, type Attributes, type ContentTemplate } from '@herald/templates';
import { personOf, type Person } from './person.ts';
import type { Target } from './sample.ts';
import { sensitiveOf, type Sensitive } from './sensitive.ts';

/** A version, ready to be tried. */
export interface Trial {
  readonly target: Target;
  readonly template: ContentTemplate;
  readonly schema?: ContextSchema;
  readonly sensitive: Sensitive;
}

/** What a call would make of one recipient, up to rendering. */
export interface Tried {
  readonly person: Person;
  readonly profile: Preview['decisions']['profile'];
  /** With the defaults of the schema; as it was given where it is not as the schema says. */
  readonly context: Attributes;
  readonly given: Attributes;
  readonly override: Attributes;
  readonly invalid?: { readonly field: string; readonly message: string };
}

/** Compiles a version afresh: a draft can change under its number. */
export function trialOf(target: Target): Trial | Refusal<'not-renderable'> {
  const { head, version } = target;
  const { content, onMissing, contextSchema, fragments } = version.content;
  const compiled = compileContent(head.channel, content, { onMissing, fragments });
  if (!compiled.ok) {
    const [issue] = compiled.issues;
    return unrenderable(`content.${issue?.field}`, issue?.message ?? '');
  }
  const trial = { target, template: compiled.template };
  if (contextSchema === undefined) return { ...trial, sensitive: sensitiveOf(version.content) };
  const schema = compileContextSchema(contextSchema);
  if (!schema.ok) return unrenderable('contextSchema', schema.message);
  return { ...trial, schema: schema.compiled, sensitive: sensitiveOf(version.content) };
}

export const unrenderable = (field: string, message: string): Refusal<'not-renderable'> =>
  refuse('not-renderable', { detail: `${field} ${message}`, context: { field } });

/** Reads the profile, and writes nothing. */
export async function tryRecipient(
  { profiles }: Pick<Store, 'profiles'>,
  tenant: Tenant,
  { target: { head, version }, schema }: Trial,
  recipient: Recipient,
): Promise<Tried> {
  const { namespace, userId: value, type } = recipient;
  const found = type === 'aep' ? await profiles.find({ ...tenant, namespace, value }) : undefined;
  const given = recipient.context ?? {};
  const checked = schema?.check(given);
  return {
    person: personOf(head.channel, head.category, recipient, found?.attributes as Attributes | undefined),
    profile:
      found !== undefined
        ? { found: 'found', id: found.id, ...(found.dataset === undefined ? {} : { dataset: found.dataset }) }
        : { found: type !== 'aep' ? 'not-asked' : version.content.createProfiles ? 'would-be-created' : 'unknown' },
    context: checked?.ok === true ? checked.context : given,
    given,
    override: nestAttributes(recipient.profile ?? {}),
    ...(checked?.ok === false ? { invalid: { field: checked.path, message: checked.message } } : {}),
  };
}
