import type {
  Channel,
  ChannelContent,
  EmailContent,
  PushContent,
  RenderedContent,
  SmsContent,
} from '@herald/contracts';
import { checkTemplate } from './check.ts';
import { compileEmail, type RenderInput } from './email.ts';
import { generate, type Part } from './sandbox.ts';

export interface ContentIssue {
  readonly field: string;
  readonly message: string;
}

/** `detail` names the part or the attribute, never a value. */
export type RenderedResult =
  | { readonly ok: true; readonly content: RenderedContent }
  | {
      readonly ok: false;
      readonly reason: 'template-error' | 'output-too-large' | 'too-many-iterations' | 'missing-attribute';
      readonly detail: string;
    };

export interface ContentTemplate {
  readonly attributes: readonly string[];
  render(input: RenderInput): RenderedResult;
}

export interface CompileOptions {
  readonly onMissing?: 'empty' | 'exclude';
}

type Compiled = { ok: true; template: ContentTemplate } | { ok: false; issues: readonly ContentIssue[] };

/** Compiles a channel's content once for many renderings. */
export function compileContent(channel: Channel, content: ChannelContent, _options: CompileOptions = {}): Compiled {
  if (channel === 'email') {
    const compiled = compileEmail(content as EmailContent);
    if (!compiled.ok) return compiled;
    const { template } = compiled;
    return {
      ok: true,
      template: {
        attributes: template.attributes,
        render: (input) => {
          const rendered = template.render(input);
          return rendered.ok ? { ok: true, content: { kind: 'email', ...rendered.email } } : rendered;
        },
      },
    };
  }
  const source = content as SmsContent & PushContent;
  const attributes = new Set<string>();
  const issues: ContentIssue[] = [];
  const compile = (field: string, text: string): Part => {
    const checked = checkTemplate(text, 'none');
    if (!checked.ok) {
      issues.push(...checked.messages.map((message) => ({ field, message })));
      return () => '';
    }
    for (const path of checked.attributes) attributes.add(path);
    return generate(checked.program, 'none');
  };
  const parts =
    channel === 'sms'
      ? { text: compile('text', source.text) }
      : Object.fromEntries(
          (['title', 'body', 'icon', 'image', 'link'] as const).flatMap((field) => {
            const text = source[field];
            return text === undefined ? [] : [[field, compile(field, text)]];
          }),
        );
  if (issues.length > 0) return { ok: false, issues };
  return {
    ok: true,
    template: {
      attributes: [...attributes].toSorted(),
      render: ({ profile, context, system }) => {
        const root = { profile, context: { ...context, system } };
        try {
          const values = Object.fromEntries(Object.entries(parts).map(([field, part]) => [field, part(root)]));
          return { ok: true, content: { kind: channel, ...values } as RenderedContent };
        } catch {
          return { ok: false, reason: 'template-error', detail: channel };
        }
      },
    },
  };
}
