import type { PushContent } from '@herald/contracts';
import { addressAt, addressKey, PUSH_SCHEMES, VALUE } from './address.ts';
import { LimitError } from './budget.ts';
import type { Merge, Prepared } from './content.ts';
import { createFields, oneLine, refused } from './fields.ts';
import { TEMPLATE_LIMITS } from './limits.ts';
import { analyse, build, compileText, type Compiled, type Part } from './part.ts';
import type { Machine } from './positions.ts';

/** Values go into the strings of an object, so they cannot be anything else in its JSON. */
export function preparePush(content: PushContent): Prepared<'push'> {
  const fields = createFields();
  const address = (field: string, source: string | undefined): Address | undefined =>
    source === undefined ? undefined : { field, part: fields.add(field, compileAddress(source)) };

  const title = fields.add('title', compileText(content.title, 'plain'));
  const body = fields.add('body', compileText(content.body, 'lines'));
  const icon = address('icon', content.icon);
  const image = address('image', content.image);
  const link = address('link', content.link);
  const actions = content.actions?.map(({ action, title: words, link: target }, index) => ({
    action,
    field: `actions[${String(index)}].title`,
    title: fields.add(`actions[${String(index)}].title`, compileText(words, 'plain')),
    link: address(`actions[${String(index)}].link`, target),
  }));
  const data = Object.entries(content.data ?? {}).map(([key, source]) => ({
    key,
    field: `data.${key}`,
    part: fields.add(`data.${key}`, compileText(source, 'plain')),
  }));
  if (fields.issues.length > 0) return refused(fields.issues);

  return {
    ok: true,
    parts: fields.parts,
    render: (merge) => {
      const content = {
        kind: 'push' as const,
        title: oneLine(merge('title', title)),
        body: merge('body', body).trim().toWellFormed(),
        ...optional('icon', icon, merge),
        ...optional('image', image, merge),
        ...optional('link', link, merge),
        ...(actions && {
          actions: actions.map((action) => ({
            action: action.action,
            title: oneLine(merge(action.field, action.title)),
            ...optional('link', action.link, merge),
          })),
        }),
        // Own members, whatever they are called.
        ...(data.length > 0 && {
          data: Object.fromEntries(data.map(({ key, field, part }) => [key, merge(field, part).toWellFormed()])),
        }),
      };
      if (Buffer.byteLength(JSON.stringify(content)) >= TEMPLATE_LIMITS.pushBytes) {
        throw new LimitError('output-too-large', 'payload');
      }
      return content;
    },
  };
}

interface Address {
  readonly field: string;
  readonly part: Part;
}

/** An address that is not an https URL when it is rendered is left out. */
function optional<Name extends string>(
  name: Name,
  address: Address | undefined,
  merge: Merge,
): Partial<Record<Name, string>> {
  const url = address && merge(address.field, address.part).trim();
  return url !== undefined && /^https:\/\/\P{Cc}+$/iu.test(url) && URL.canParse(url)
    ? ({ [name]: url } as Record<Name, string>)
    : {};
}

function compileAddress(source: string): Compiled {
  const analysed = analyse(source, address);
  return analysed.ok ? build(analysed, true) : analysed;
}

const NOT_HTTPS = 'an address of a push message begins with https://, or with a value that is a whole address';

/** An address on its own: a value is the whole of it, or a percent-encoded piece. */
const address: Machine<string> = {
  start: '',
  read: (written, text) => {
    const place = written + text;
    const message = mistakeIn(place);
    return { place, findings: message === undefined ? [] : [{ offset: 0, message }] };
  },
  value: (written) => {
    const message = mistakeIn(written) ?? (isOpen(written) ? NOT_HTTPS : undefined);
    if (message !== undefined) return { refused: message };
    const print = addressAt(written, PUSH_SCHEMES).at === 'start' ? 'plain' : 'component';
    return { print, place: written + VALUE };
  },
  key: (written) => addressKey(addressAt(written, PUSH_SCHEMES)),
  family: () => 'address',
  describe: () => 'in the address',
  end: (written) => (isOpen(written) ? NOT_HTTPS : undefined),
};

function mistakeIn(written: string): string | undefined {
  const at = addressAt(written, PUSH_SCHEMES);
  if (at.at === 'refused') return at.always ? at.message : NOT_HTTPS;
  return at.at === 'inside' && at.scheme === '' ? NOT_HTTPS : undefined;
}

/** Begun with the author's own words, and not with a scheme. */
function isOpen(written: string): boolean {
  const at = addressAt(written, PUSH_SCHEMES);
  return at.at === 'open' && !at.head.startsWith(VALUE);
}
