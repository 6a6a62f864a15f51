import { describe, expect, test } from '@jest/globals';
import { parse, type DefaultTreeAdapterTypes } from 'parse5';
import { compileContent, type ContentTemplate, type RenderInput } from './index.ts';

interface Content {
  subject?: string;
  html?: string;
  text?: string;
}

function compile({ subject = 'subject', html = '<p>html</p>', text }: Content): ContentTemplate<'email'> {
  const compiled = compileContent('email', { subject, html, ...(text === undefined ? {} : { text }) });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
  return compiled.template;
}

function issues({ subject = 'subject', html = '<p>html</p>', text }: Content) {
  const compiled = compileContent('email', { subject, html, ...(text === undefined ? {} : { text }) });
  return compiled.ok ? [] : compiled.issues;
}

const render = (content: Content, input: Partial<RenderInput>) =>
  compile(content).render({ profile: {}, context: {}, system: {}, ...input });

function email(content: Content, input: Partial<RenderInput> = {}) {
  const rendered = render(content, input);
  if (!rendered.ok) throw new Error(rendered.reason);
  return rendered.content;
}

/** As the call's JSON brings it, own `__proto__` and all. */
const json = (text: string): Record<string, never> => JSON.parse(text) as Record<string, never>;

function elements(html: string): DefaultTreeAdapterTypes.Element[] {
  const found: DefaultTreeAdapterTypes.Element[] = [];
  const walk = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('tagName' in node) found.push(node);
    if ('childNodes' in node) for (const child of node.childNodes) walk(child);
  };
  walk(parse(html));
  return found;
}

describe('values', () => {
  test('are merged from profile, context and system into every part', () => {
    const content = {
      subject: 'Hello {{profile.person.name.firstName}}',
      html: '<b>{{context.code}}</b> {{context.system.messageId}}',
      text: '{{context.code}} {{@root.context.code}}',
    };
    const input = {
      profile: { person: { name: { firstName: 'Ada' } } },
      context: { code: 'A-1', system: { messageId: 'forged' } },
      system: { messageId: 'm-1' },
    };
    expect(email(content, input)).toEqual({
      kind: 'email',
      subject: 'Hello Ada',
      html: '<b>A-1</b> m-1',
      text: 'A-1 A-1',
    });
  });

  test('are merged into where answers go, and into headers, and can be nothing but one line of them', () => {
    const content = {
      subject: 's',
      html: 'h',
      text: 't',
      replyTo: 'ticket+{{context.ticket}}@example.com',
      headers: { 'X-Order': '{{context.order}}', 'List-Unsubscribe': '<https://example.com/u>' },
    };
    const compiled = compileContent('email', content);
    const given = (ticket: string, order: string) => {
      const rendered = compiled.ok && compiled.template.render({ profile: {}, context: { ticket, order }, system: {} });
      return rendered && rendered.ok ? rendered.content : undefined;
    };
    const headers = { 'X-Order': '7', 'List-Unsubscribe': '<https://example.com/u>' };
    expect(given('42', '7')).toMatchObject({ replyTo: 'ticket+42@example.com', headers });
    const evil = given('x@evil.example>\r\nBcc: all', '1\r\nBcc: all@example.com\u2028x');
    expect(evil).toMatchObject({ replyTo: '', headers: { ...headers, 'X-Order': '1 Bcc: all@example.com x' } });
    const wrong = compileContent('email', { ...content, replyTo: 'nobody' });
    expect(wrong).toMatchObject({ ok: false, issues: [{ field: 'replyTo' }] });
  });

  test('are escaped in HTML, and nowhere else', () => {
    const value = `<script>alert("1")</script>&'\``;
    const rendered = email(
      {
        subject: '{{context.v}}',
        html: '<p title="{{context.v}}">{{context.v}}</p>',
        text: '{{context.v}} {{{context.v}}}',
      },
      { context: { v: value } },
    );
    expect(rendered.subject).toBe(value);
    expect(rendered.text).toBe(`${value} ${value}`);
    expect(elements(rendered.html).map(({ tagName }) => tagName)).toEqual(['html', 'head', 'body', 'p']);
    const paragraph = elements(rendered.html).at(-1);
    expect(paragraph?.attrs).toEqual([{ name: 'title', value }]);
    expect(paragraph?.childNodes).toMatchObject([{ nodeName: '#text', value }]);
  });

  test('that are URLs arrive byte for byte', () => {
    const url = 'https://example.com/reset?token=a%2Fb%20c+d==&next=/é/?x=1&y=2#z=ü';
    const content = { html: '<a href="{{context.resetUrl}}">{{context.resetUrl}}</a>', text: '{{context.resetUrl}}' };
    const rendered = email(content, { context: { resetUrl: url } });
    const anchor = elements(rendered.html).at(-1);
    expect(anchor?.attrs).toEqual([{ name: 'href', value: url }]);
    expect(anchor?.childNodes).toMatchObject([{ nodeName: '#text', value: url }]);
    expect(rendered.text).toBe(url);
  });

  test('print as themselves when they are text, numbers or booleans, and as nothing when they are not', () => {
    const context = {
      s: 'x',
      zero: 0,
      n: -1.5,
      yes: true,
      no: false,
      nothing: null,
      list: ['secret'],
      object: { a: 'secret' },
    };
    const text =
      '[{{context.s}}{{context.zero}}{{context.n}}{{context.yes}}{{context.no}}]' +
      '[{{context.nothing}}{{context.list}}{{context.object}}{{context.missing}}{{context.missing.deeper}}{{this}}]';
    const rendered = email({ html: text, text, subject: text }, { context });
    expect([rendered.html, rendered.text, rendered.subject]).toEqual(Array(3).fill('[x0-1.5truefalse][]'));
  });

  test('cannot put a line into the subject', () => {
    const rendered = email(
      { subject: ' A {{context.v}}\n' },
      { context: { v: 'b\r\nBcc: eve@example.com\0\u2028c\u0085' } },
    );
    expect(rendered.subject).toBe('A b Bcc: eve@example.com c');
  });
});

describe('the preheader', () => {
  const hidden = /<div style="display:none[^"]*">([^<]*)<\/div>/;

  test.each([
    ['<p>x</p>', 0],
    ['<!doctype html><p>x</p>', '<!doctype html>'.length],
    ['<html lang="en"><p>x</p></html>', '<html lang="en">'.length],
    ['<html><head><title>t</title></head><p>x</p></html>', '<html><head><title>t</title></head>'.length],
    [
      '<!doctype html><html><head></head><body class="{{context.v}}"><p>x</p></body></html>',
      '<!doctype html><html><head></head><body class="&lt;v&gt;">'.length,
    ],
    ['{{! a }}<body>{{! b }}x{{#if context.none}}<body>{{/if}}', '<body>'.length],
    ['{{#if context.v}}<body>{{/if}}x', 0],
  ])('stands hidden at the beginning of the body: %s', (html, at) => {
    const compiled = compileContent('email', {
      subject: 's',
      html,
      text: 'no preheader',
      preheader: 'Tom & <Jerry>: {{context.v}}{{{context.v}}}{{#if context.v}}{{upper context.v}}{{/if}}',
    });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
    const rendered = compiled.template.render({ profile: {}, context: { v: '<v>' }, system: {} });
    if (!rendered.ok) throw new Error(rendered.reason);
    const found = hidden.exec(rendered.content.html);
    expect(found?.index).toBe(at);
    expect(found?.[1]).toBe('Tom &amp; &lt;Jerry&gt;: &lt;v&gt;&lt;v&gt;&lt;V&gt;');
    expect(rendered.content.html.replace(hidden, '')).toBe(email({ html, text: 'x' }, { context: { v: '<v>' } }).html);
  });

  test('is not in the text alternative', () => {
    const compiled = compileContent('email', { subject: 's', html: '<p>x</p>', preheader: 'Tom' });
    const rendered = compiled.ok && compiled.template.render({ profile: {}, context: {}, system: {} });
    expect(rendered).toMatchObject({ content: { text: 'x', html: expect.stringContaining('Tom') } });
  });

  test('has its values among the attributes, and its own issues', () => {
    const content = { subject: 's', html: '<p>{{context.a}}</p>', preheader: '{{context.b}}' };
    const compiled = compileContent('email', content);
    expect(compiled.ok && compiled.template.attributes).toEqual(['context.a', 'context.b']);
    expect(compileContent('email', { ...content, preheader: 'x\n{{b}}' })).toMatchObject({
      ok: false,
      issues: [{ field: 'preheader', message: expect.stringContaining('line 2: unknown name "b"') }],
    });
    expect(compileContent('email', { ...content, preheader: '{{#if' })).toMatchObject({
      ok: false,
      issues: [{ field: 'preheader' }],
    });
  });
});

describe('blocks', () => {
  test('choose, repeat and enter', () => {
    const text =
      '{{#if context.a}}A{{else if context.b}}B{{else}}C{{/if}}{{#unless context.a}}-{{/unless}}' +
      '{{#with context.who}}{{name}}/{{../context.x}}{{else}}nobody{{/with}}' +
      '{{#each context.items as |item at|}}{{at}}{{@index}}{{@first}}{{@last}}={{item.name}}{{name}};{{else}}none{{/each}}' +
      '{{#each context.map}}{{@key}}:{{this}},{{/each}}{{lookup context.map "k"}}{{#each (lookup context "list")}}{{this}}{{/each}}';
    const context = {
      b: true,
      who: { name: 'Ada' },
      x: 1,
      items: [{ name: 'p' }, { name: 'q' }],
      map: { k: 'v', l: 2 },
      list: [1, 2],
    };
    expect(email({ text }, { context }).text).toBe('B-Ada/100truefalse=pp;11falsetrue=qq;k:v,l:2,v12');
    expect(email({ text }, {}).text).toBe('C-nobodynone');
  });

  test('keep what is inside loops in its place', () => {
    const html =
      '<ul>{{#each context.rows}}<li>{{#each cells}}{{this}}{{../../context.sep}}{{/each}}</li>{{/each}}</ul>';
    const context = { rows: [{ cells: ['a', '<'] }, { cells: [] }], sep: '|' };
    expect(email({ html }, { context }).html).toBe('<ul><li>a|&lt;|</li><li></li></ul>');
  });
});

describe('the text alternative', () => {
  test('is made from the HTML, with its values and blocks', () => {
    const html =
      '<html><head><title>T {{context.no1}}</title><style>a { color: red }</style></head><body>' +
      '<h1>Hello {{profile.name}}</h1><p>Read <a href="{{context.url}}?a=1&amp;b=2">this</a> &amp; that.</p>' +
      '<a href="{{context.url}}">{{context.url}}</a> <img src="{{context.no2}}" alt="A picture">' +
      '<table>{{#each context.items}}<tr><td>{{name}}</td><td>{{price}}</td></tr>{{/each}}</table>' +
      '{{! a comment with <b> and }}{{#if context.last}}<p>{{lookup context.map "a \'b\' <c>"}}</p>{{else}}<p>end</p>{{/if}}</body></html>';
    const context = {
      url: 'https://x.org/?q=<&>',
      items: [
        { name: 'Tea & <cake>', price: 3 },
        { name: 'Milk', price: 1 },
      ],
      last: true,
      map: { "a 'b' <c>": 'found' },
    };
    const { text } = email({ html }, { profile: { name: '"A" & <B>' }, context });
    expect(text.replace(/\s+/g, ' ').trim()).toBe(
      'Hello "A" & <B> Read this [https://x.org/?q=<&>?a=1&b=2] & that. ' +
        'https://x.org/?q=<&> A picture Tea & <cake> 3 Milk 1 found',
    );
  });

  test('has the pieces of its links percent-encoded as in the HTML', () => {
    const html =
      '<a href="https://x.org/?a={{context.v}}&amp;b={{~ upper context.v ~}}&amp;c={{urlEncode context.v}}">{{context.v}}</a> ' +
      '<a href="mailto:{{context.v}}">mail</a>';
    expect(email({ html }, { context: { v: 'a b&c' } }).text).toBe(
      'a b&c [https://x.org/?a=a%20b%26c&b=A%20B%26C&c=a%20b%26c] mail [a b&c]',
    );
  });

  test('takes no braces from the content for values', () => {
    expect(email({ html: '<p>&#123;&#123;context.a}} {{context.a}}</p>' }, { context: { a: 1 } }).text).toBe(
      '{ {context.a}} 1',
    );
  });

  test('that cannot be made is asked for', () => {
    const html = '<p title="{{#if context.a}}a">x{{else}}b">y{{/if}}</p>';
    expect(issues({ html })).toEqual([{ field: 'text', message: expect.stringContaining('write a text alternative') }]);
    expect(issues({ html, text: 'x' })).toEqual([]);
    expect(issues({ html: `${'<div>'.repeat(50_000)}x` })).toMatchObject([{ field: 'text' }]);
  });
});

describe('hostile values', () => {
  test('do not reach prototypes', () => {
    const text =
      '[{{context.constructor}}{{context.constructor.name}}{{context.__proto__}}{{context.__proto__.x}}{{context.toString}}' +
      '{{context.s.constructor}}{{lookup context "constructor"}}{{lookup context "__proto__"}}{{lookup context.s "length"}}' +
      '{{#with (lookup context "__proto__")}}in{{x}}{{/with}}{{#each context.__proto__}}in{{/each}}]';
    expect(email({ text }, { context: { s: 'abc' } }).text).toBe('[]');
  });

  test('are values like any other under names that objects have', () => {
    const context = json('{"constructor":"c","toString":"t","__proto__":{"x":"p"},"hasOwnProperty":"h","toHTML":"e"}');
    const text =
      '{{context.constructor}}{{context.toString}}{{context.hasOwnProperty}}{{context.toHTML}}{{context.__proto__.x}}';
    expect(email({ text, html: text }, { context })).toMatchObject({ text: 'cthep', html: 'cthep' });
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test('that bring their own methods are printed as nothing', () => {
    const context = json('{"v":{"toString":"x","valueOf":1,"toHTML":"<b>","length":3,"toJSON":1},"k":{"toString":1}}');
    const text = '[{{context.v}}{{lookup context.v context.k}}{{#if context.v}}yes{{/if}}]';
    expect(email({ subject: text, html: text, text }, { context })).toEqual({
      kind: 'email',
      subject: '[yes]',
      html: '[yes]',
      text: '[yes]',
    });
  });

  test('of great depth are nothing', () => {
    const context = json(`{"a":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`);
    expect(email({ text: '[{{context.a}}{{context.a.a.a}}{{#each context.a}}.{{/each}}]' }, { context }).text).toBe(
      '[.]',
    );
  });

  test('cannot make loops run on', () => {
    const list = Array.from({ length: 5_000 }, (_, at) => at);
    const nested =
      '{{#each context.list}}{{#each @root.context.list}}{{#each @root.context.list}}.{{/each}}{{/each}}{{/each}}';
    const startedAt = performance.now();
    expect(render({ text: nested }, { context: { list } })).toEqual({
      ok: false,
      reason: 'too-many-iterations',
      detail: 'text',
    });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(render({ html: nested, text: 'x' }, { context: { list: list.slice(0, 10) } }).ok).toBe(true);
  });

  test('cannot make output without end', () => {
    const big = 'x'.repeat(200_000);
    const tooLarge = { ok: false, reason: 'output-too-large' };
    expect(render({ text: '{{context.big}}'.repeat(6) }, { context: { big } })).toMatchObject(tooLarge);
    expect(render({ text: '{{context.big}}'.repeat(5) }, { context: { big } }).ok).toBe(true);
    const list = Array.from({ length: 9_000 }, () => 0);
    const loop = `{{#each context.list}}${'y'.repeat(1_000)}{{/each}}`;
    expect(render({ text: loop }, { context: { list } })).toMatchObject({ ...tooLarge, detail: 'text' });
    expect(render({ html: loop, text: 'x' }, { context: { list } })).toMatchObject({ ...tooLarge, detail: 'html' });
    expect(render({ subject: '{{context.big}}' }, { context: { big } })).toMatchObject({
      ...tooLarge,
      detail: 'subject',
    });
    // Escaped, or in bytes, it is larger than it was.
    expect(render({ html: '{{context.v}}', text: 'x' }, { context: { v: '&'.repeat(300_000) } })).toMatchObject(
      tooLarge,
    );
    expect(render({ text: '{{context.v}}' }, { context: { v: '€'.repeat(400_000) } })).toMatchObject(tooLarge);
  });

  test('cannot be escaped over and over at the cost of all memory', () => {
    const template = compile({ html: '{{context.v}}'.repeat(2_000), text: 'x' });
    const startedAt = performance.now();
    expect(template.render({ profile: {}, context: { v: '&'.repeat(200_000) }, system: {} }).ok).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  test('leave nothing behind for the next rendering', () => {
    const template = compile({ text: '{{#each context.list}}{{this}}{{/each}}' });
    const list = Array.from({ length: 10_000 }, () => 'x'.repeat(50));
    for (let at = 0; at < 5; at++) {
      expect(template.render({ profile: {}, context: { list }, system: {} }).ok).toBe(true);
      expect(template.render({ profile: {}, context: { list: [...list, 'y'] }, system: {} }).ok).toBe(false);
    }
  });
});
