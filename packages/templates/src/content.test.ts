import { describe, expect, test } from '@jest/globals';
import type { Channel, ContentOf, PushContent } from '@herald/contracts';
import { compileContent, type ContentTemplate, type RenderInput } from './index.ts';

function compile<C extends Channel>(channel: C, content: ContentOf<C>): ContentTemplate<C> {
  const compiled = compileContent(channel, content);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
  return compiled.template;
}

function issues<C extends Channel>(channel: C, content: ContentOf<C>) {
  const compiled = compileContent(channel, content);
  return compiled.ok ? [] : compiled.issues;
}

const input = (context: Record<string, unknown>): RenderInput => ({ profile: {}, context, system: {} });

function content<C extends Channel>(channel: C, source: ContentOf<C>, context: Record<string, unknown> = {}) {
  const rendered = compile(channel, source).render(input(context));
  if (!rendered.ok) throw new Error(`${rendered.reason} ${rendered.detail}`);
  return rendered.content;
}

describe('SMS', () => {
  test('is text with lines, without control characters', () => {
    const text = ' Hello {{context.name}},\n{{{context.code}}}\t. ';
    const context = { name: 'A\0d\u001Ba\u0085<&>', code: 'a\r\nb\u2028c\rd\uD800' };
    expect(content('sms', { text }, context)).toEqual({ kind: 'sms', text: 'Hello Ada\n<&>,\na\nb\nc\nd\uFFFD .' });
  });

  test('has at most 1,600 characters', () => {
    const template = compile('sms', { text: 'x{{context.v}}' });
    expect(template.render(input({ v: 'y'.repeat(1_599) })).ok).toBe(true);
    expect(template.render(input({ v: 'y'.repeat(1_600) }))).toEqual({
      ok: false,
      reason: 'output-too-large',
      detail: 'text',
    });
    expect(issues('sms', { text: 'x'.repeat(1_601) })).toEqual([
      { field: 'text', message: 'cannot be rendered: output-too-large' },
    ]);
  });

  test('tells what it uses and what is wrong with it', () => {
    expect(compile('sms', { text: '{{context.b}}{{profile.a}}' }).attributes).toEqual(['context.b', 'profile.a']);
    expect(issues('sms', { text: 'x\n{{a}}' })).toEqual([
      { field: 'text', message: expect.stringContaining('line 2: unknown name "a"') },
    ]);
  });
});

const HOSTILE = [
  '","link":"https://evil.example","x":"',
  '"}',
  '\\',
  '\\"',
  '\\u0022',
  '\n"',
  '\u2028',
  '\0',
  '\uD800',
  '{{7*7}}',
  '</script>',
  '__proto__',
];

describe('push', () => {
  const full: PushContent = {
    title: 'Order {{context.v}}',
    body: 'Dear {{context.v}}',
    icon: 'https://x.org/icon.png?v={{context.v}}',
    image: '{{context.url}}',
    link: 'https://x.org/orders/{{context.v}}',
    actions: [
      { action: 'open', title: 'Open {{context.v}}', link: '{{context.url}}' },
      { action: 'later', title: 'Later' },
    ],
    data: { id: '{{context.v}}', __proto: 'x', constructor: '{{context.v}}' },
  };

  test('has every field rendered as what it is', () => {
    expect(content('push', full, { v: 'a/b "c"', url: 'https://y.org/?a=b&c=%2F' })).toEqual({
      kind: 'push',
      title: 'Order a/b "c"',
      body: 'Dear a/b "c"',
      icon: 'https://x.org/icon.png?v=a%2Fb%20%22c%22',
      image: 'https://y.org/?a=b&c=%2F',
      link: 'https://x.org/orders/a%2Fb%20%22c%22',
      actions: [
        { action: 'open', title: 'Open a/b "c"', link: 'https://y.org/?a=b&c=%2F' },
        { action: 'later', title: 'Later' },
      ],
      data: { id: 'a/b "c"', __proto: 'x', constructor: 'a/b "c"' },
    });
    expect(content('push', { title: 't', body: 'b' })).toEqual({ kind: 'push', title: 't', body: 'b' });
    expect(compile('push', full).attributes).toEqual(['context.url', 'context.v']);
  });

  test.each(HOSTILE)('keeps its structure with %j in it', (v) => {
    const shape = (value: unknown): unknown =>
      typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shape(inner)]))
        : typeof value;
    const rendered = content('push', full, { v, url: 'https://y.org/' });
    expect(JSON.parse(JSON.stringify(rendered))).toEqual(rendered);
    expect(shape(rendered)).toEqual(shape(content('push', full, { v: 'x', url: 'https://y.org/' })));
    expect(rendered.title).not.toMatch(/[\r\n\u2028\u2029\0]/);
    expect(rendered.link).toMatch(/^https:\/\/x\.org\/orders\/[\w.~%-]*$/);
    expect(decodeURIComponent(rendered.link ?? '')).toBe(`https://x.org/orders/${v.toWellFormed()}`);
    expect(rendered.data?.['id']).toBe(v.toWellFormed());
  });

  test.each([
    'http://y.org/',
    'javascript:alert(1)',
    'data:text/html,x',
    '//y.org',
    '/x',
    'https://',
    'https://y.org/\nx',
    'HTTPS:evil',
    '',
    ' ',
  ])('leaves out an address that is not https: %j', (url) => {
    const rendered = content('push', full, { v: 'x', url });
    expect(rendered).not.toHaveProperty('image');
    expect(rendered.actions?.[0]).toEqual({ action: 'open', title: 'Open x' });
  });

  test.each([
    'http://x.org/{{context.v}}',
    'http://x.org/',
    '/x',
    'x',
    'x{{context.v}}',
    '/x/{{context.v}}',
    'javascript:{{context.v}}',
    '{{context.v}}:x',
    'ht{{context.v}}://x.org',
    '{{#if context.v}}https://x.org/{{/if}}{{context.v}}',
    '{{#each context.list}}{{this}}{{/each}}',
  ])('refuses the address %s', (link) => {
    expect(issues('push', { title: 't', body: 'b', link })).toMatchObject([{ field: 'link' }]);
    const actions = [{ action: 'a', title: 't', link }];
    expect(issues('push', { title: 't', body: 'b', actions })).toMatchObject([{ field: 'actions[0].link' }]);
  });

  test.each([
    '{{context.url}}',
    ' {{context.url}} ',
    '{{context.url}}?a={{context.v}}',
    '{{#if context.url}}{{context.url}}{{else}}https://x.org/{{/if}}',
    'https://x.org/?{{#each context.list}}a={{this}}&{{/each}}',
    '{{default context.none "https://x.org/"}}',
  ])('takes the address %s', (link) => {
    expect(
      content('push', { title: 't', body: 'b', link }, { url: 'https://y.org/', v: '&', list: ['&'] }).link,
    ).toMatch(/^https:\/\/[xy]\.org\/(?:\?(?:a=%26&?)?)?$/);
  });

  test('stays under what a push can carry', () => {
    const template = compile('push', { title: 't', body: '{{context.v}}' });
    const envelope = Buffer.byteLength(JSON.stringify({ kind: 'push', title: 't', body: '' }));
    expect(template.render(input({ v: 'x'.repeat(3_799 - envelope) })).ok).toBe(true);
    for (const v of ['x'.repeat(3_800 - envelope), '€'.repeat(1_300), '"'.repeat(1_900)]) {
      expect(template.render(input({ v }))).toEqual({ ok: false, reason: 'output-too-large', detail: 'payload' });
    }
    expect(issues('push', { title: 't', body: 'x'.repeat(3_900) })).toEqual([
      { field: 'payload', message: 'cannot be rendered: output-too-large' },
    ]);
  });

  test('names the field that is wrong', () => {
    expect(
      issues('push', {
        title: '{{a}}',
        body: '{{b}}',
        actions: [{ action: 'x', title: '{{c}}' }],
        data: { d: '{{d}}' },
      }).map(({ field }) => field),
    ).toEqual(['title', 'body', 'actions[0].title', 'data.d']);
  });
});

test('content that is another channel’s is refused, not rendered', () => {
  const email = { subject: 's', html: '<p>x</p>' };
  for (const [channel, other] of [
    ['sms', email],
    ['push', email],
    ['push', { text: 'x' }],
    ['email', { text: 'x' }],
    ['email', undefined],
  ] as const) {
    const compiled = compileContent<Channel>(channel, other as ContentOf<Channel>);
    expect(compiled).toMatchObject({ ok: false });
  }
});

test('headers and titles have one line, whatever is in them', () => {
  for (const end of ['\r\n', '\n', '\r', '\0', '\u0085', '\u2028', '\u2029', '\v', '\f']) {
    const v = `a${end}Bcc: eve@example.com`;
    const source = { subject: `x\r\n{{context.v}}${end}`.replace('\0', ''), html: '<p>x</p>' };
    expect(content('email', source, { v }).subject).toBe('x a Bcc: eve@example.com');
    expect(content('push', { title: source.subject, body: 'b' }, { v }).title).toBe('x a Bcc: eve@example.com');
  }
});

describe('a missing value', () => {
  const missing = (text: string, context: Record<string, unknown> = {}): string | undefined => {
    const template = compile('sms', { text });
    expect(template.render(input(context), { onMissing: 'empty' }).ok).toBe(true);
    expect(template.render(input(context)).ok).toBe(true);
    const rendered = template.render(input(context), { onMissing: 'exclude' });
    if (!rendered.ok) expect(rendered.reason).toBe('missing-attribute');
    return rendered.ok ? undefined : rendered.detail;
  };

  test.each([
    ['{{context.a}}{{context.b}}', 'context.a'],
    ['{{context.a.b.c}}', 'context.a.b.c'],
    ['{{profile.a}}', 'profile.a'],
    ['{{context.nil}}', 'context.nil'],
    ['{{context.there}}{{upper context.a}}', 'context.a'],
    ['{{date context.a "long"}}', 'context.a'],
    ['{{join context.a ", "}}', 'context.a'],
    ['{{currency 5 context.a}}', 'context.a'],
    ['{{upper (lower context.a)}}', 'context.a'],
    ['{{#each context.a}}x{{/each}}', 'context.a'],
    ['{{#each context.items}}{{name}}{{price}}{{/each}}', 'context.items[].price'],
    ['{{#each context.items as |item|}}{{item.price}}{{/each}}', 'context.items[].price'],
    ['{{#each context.items}}{{../context.a}}{{/each}}', 'context.a'],
    ['{{#each context.items}}{{@root.context.a}}{{/each}}', 'context.a'],
    ['{{#with context.items}}{{a}}{{/with}}', 'context.items.a'],
    ['{{#if context.there}}{{context.a}}{{/if}}', 'context.a'],
    ['{{lookup context "a"}}', 'context.a'],
    ['{{lookup context.items 7}}', 'context.items[]'],
    ['{{lookup context.a context.b}}', 'context.a[]'],
    ['{{#each (lookup context "a")}}x{{/each}}', 'context.a'],
  ])('that is printed or repeated excludes: %s', (text, path) => {
    expect(missing(text, { there: 'x', nil: null, items: [{ name: 'n' }] })).toBe(path);
  });

  test.each([
    '{{context.there}}{{context.empty}}{{context.zero}}{{context.no}}{{context.list}}',
    '{{#if context.a}}{{context.b}}{{/if}}',
    '{{#if context.a}}x{{else if context.b}}y{{else}}z{{/if}}{{#unless context.a}}x{{/unless}}',
    '{{#if (eq context.a "x")}}x{{/if}}{{#if (and context.a (not context.b))}}x{{/if}}{{#if (gt (length context.a) 1)}}x{{/if}}{{eq context.a 1}}',
    '{{default context.a "x"}}{{default context.a context.b ""}}{{default (upper context.a) "x"}}{{upper (default context.a "x")}}',
    '{{#with context.a}}{{b}}{{/with}}',
    '{{#each context.a}}x{{else}}none{{/each}}',
    '{{#each context.list}}{{context.a}}{{/each}}',
    '{{date 0 "long" timeZone=context.a locale=context.b}}',
    '{{#each context.items}}{{@index}}{{@key}}{{@first}}{{@last}}{{/each}}',
    '{{#if (lookup context "a")}}x{{/if}}',
  ])('that is only asked for, or has something in its place, does not: %s', (text) => {
    expect(missing(text, { there: 'x', empty: '', zero: 0, no: false, list: [], items: [1] })).toBeUndefined();
  });

  test('is looked for in every field, in order', () => {
    const compiled = compileContent(
      'email',
      { subject: '{{context.a}}', html: '<a href="{{context.b}}">{{context.c}}</a>' },
      { onMissing: 'exclude' },
    );
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
    const detail = (context: Record<string, unknown>) => {
      const rendered = compiled.template.render(input(context));
      return rendered.ok ? undefined : rendered.detail;
    };
    expect(detail({})).toBe('context.a');
    expect(detail({ a: 1 })).toBe('context.b');
    expect(detail({ a: 1, b: 1 })).toBe('context.c');
    expect(detail({ a: 1, b: 1, c: 1 })).toBeUndefined();
    expect(compiled.template.render(input({}), { onMissing: 'empty' }).ok).toBe(true);
  });
});
