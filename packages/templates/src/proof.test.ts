import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { parse, type DefaultTreeAdapterTypes } from 'parse5';
import { compileContent, type ContentTemplate } from './index.ts';

/** Values that have broken out of something, somewhere. */
const HOSTILE: readonly string[] = [
  '"><script>alert(1)</script>',
  `'><img src=x onerror=alert(1)>`,
  `" onmouseover="alert(1)`,
  `' onmouseover='alert(1)`,
  '` onmouseover=`alert(1)',
  ' onmouseover=alert(1) x=',
  '</title><script>alert(1)</script>',
  '</textarea><script>alert(1)</script>',
  '</style><script>alert(1)</script>',
  '</a></p></td></table></body></html><script>alert(1)</script>',
  '<svg/onload=alert(1)>',
  '<math><mi//xlink:href="data:x,<script>alert(4)</script>">',
  '<!--',
  '-->',
  '--!><script>alert(1)</script>',
  '<![CDATA[',
  ']]>',
  '<?xml version="1.0"?>',
  '<!doctype html>',
  '<',
  '</',
  '<a',
  '&',
  '&lt;script&gt;',
  '&#60;script&#62;alert(1)&#60;/script&#62;',
  '&quot; onmouseover=&quot;alert(1)',
  '&#0000060',
  '&amp;lt;',
  '\0<script>\0',
  '\u2028<script>\u2029',
  '\uD800',
  '\uDC00"',
  '\uFEFF"><b>',
  '\u202E"><b>',
  '{{7*7}}',
  '{{context.secret}}',
  '${7*7}',
  '<%= 7*7 %>',
  '\r\nBcc: eve@example.com\r\n\r\n<b>',
  'javascript:alert(1)',
  'javascript',
  'script:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:alert(1)',
  '\tjavascript:alert(1)',
  'java\nscript:alert(1)',
  'java\tscript:alert(1)',
  '\u0001javascript:alert(1)',
  'java\0script:alert(1)',
  'javascript\n:alert(1)',
  'javascript&colon;alert(1)',
  '&#106;avascript:alert(1)',
  '&#x6A;avascript&#58;alert(1)',
  'javascript%3Aalert(1)',
  '%6Aavascript:alert(1)',
  'javascript://example.com/%0Aalert(1)',
  'vbscript:msgbox(1)',
  'data:text/html,<script>alert(1)</script>',
  'data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==',
  'blob:https://example.com/1',
  'file:///etc/passwd',
  'view-source:javascript:alert(1)',
  'feed:javascript:alert(1)',
  'https:javascript:alert(1)',
  '//evil.example/x',
  '/\\evil.example',
  '\\\\evil.example',
  '#"><b>',
  '?x="><b>',
  '%22%3E%3Cscript%3E',
  '%00%0d%0a<b>',
  '../../../x',
  ':alert(1)',
  '@evil.example',
  'x'.repeat(20_000),
  '"'.repeat(5_000),
  '<b>'.repeat(2_000),
];

/** What stands in for a hostile value, to compare with: a word, nothing, white space. */
const HARMLESS: readonly string[] = ['x', '', ' '];

/** HTML with one value in it, at every position where one may stand. */
const POSITIONS: Readonly<Record<string, string>> = {
  text: '<p>{{context.v}}</p>',
  'text behind a tag that is not closed': '<p>a<br>{{context.v}}',
  'text of the title': '<html><head><title>{{context.v}}</title></head><body>b</body></html>',
  'text area': '<textarea>{{context.v}}</textarea>',
  'table cell': '<table><tr><td>{{context.v}}</td></tr></table>',
  'table outside of cells': '<table>{{context.v}}<tr><td>x</td></tr></table>',
  option: '<select><option value="{{context.v}}">{{context.v}}</option></select>',
  'double-quoted attribute': '<img alt="{{context.v}}">',
  'single-quoted attribute': "<img alt='{{context.v}}'>",
  'attribute among others': '<td title="a {{context.v}} b" class="{{context.v}}">{{context.v}}</td>',
  link: '<a href="{{context.v}}">x</a>',
  'link in single quotes': "<a href='{{context.v}}'>x</a>",
  'link with white space in front': '<a href=" {{context.v}}">x</a>',
  'link with a path behind it': '<a href="{{context.v}}/path?x=1">x</a>',
  'two links in one': '<a href="{{context.v}}{{context.v}}">x</a>',
  picture: '<img src="{{context.v}}" alt="x">',
  background: '<table background="{{context.v}}"><tr><td background="{{context.v}}">x</td></tr></table>',
  'piece of a query': '<a href="https://example.com/?a={{context.v}}&amp;b={{context.v}}">x</a>',
  'piece of a path': '<a href="https://example.com/{{context.v}}/x">x</a>',
  'piece of a host': '<a href="https://{{context.v}}.example.com/">x</a>',
  'piece of a fragment': '<a href="#{{context.v}}">x</a>',
  'piece of a relative link': '<a href="x{{context.v}}">x</a>',
  'piece of a mail address': '<a href="mailto:{{context.v}}?subject={{context.v}}">x</a>',
  'piece of a telephone number': '<a href="tel:{{context.v}}">x</a>',
  'encoded by hand': '<a href="https://example.com/?a={{urlEncode context.v}}">x</a>',
  branch: '<p>{{#if context.v}}<b title="{{context.v}}">{{context.v}}</b>{{else}}<b title="">x</b>{{/if}}</p>',
  'branches of a link': '<a href="{{#if context.v}}{{context.v}}{{else}}https://example.com/{{/if}}">x</a>',
  'attribute in a branch': '<td {{#if context.v}}title="{{context.v}}"{{/if}} class="x">x</td>',
  loop: '<ul>{{#each context.list}}<li title="{{this}}">{{this}}</li>{{/each}}</ul>',
  'loop in a link': '<a href="https://example.com/?{{#each context.list}}v={{this}}&amp;{{/each}}">x</a>',
  'text of an SVG': '<svg width="1"><text>{{context.v}}</text><a href="{{context.v}}">x</a></svg>{{context.v}}',
  'behind a conditional comment':
    '<!--[if mso]><table><tr><td><![endif]-->{{context.v}}<!--[if mso]></td></tr></table><![endif]-->',
  helpers:
    '<p title="{{upper context.v}}">{{default context.v "x"}}{{truncate context.v 50}}{{replace context.v "a" "<b>"}}{{lower (capitalize context.v)}}</p>',
};

function compileHtml(html: string, preheader?: string): ContentTemplate<'email'> {
  const compiled = compileContent('email', { subject: 's', html, text: 't', ...(preheader && { preheader }) });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
  return compiled.template;
}

function render(template: ContentTemplate<'email'>, context: Record<string, unknown>): string {
  const rendered = template.render({ profile: {}, context, system: {} });
  if (!rendered.ok) throw new Error(rendered.reason);
  return rendered.content.html;
}

const input = (v: string): Record<string, unknown> => ({ v, list: [v, v] });

/** In these, text and attributes are more than words: nothing of a value may be seen in them. */
const RUNS = /^(?:script|style|iframe|object|embed|base|link|meta|xmp|noembed|noframes)$/;
const RUNS_TOO = /^(?:on|style$|src(?:set|doc)$|action$|formaction$|data$)/;

/** Where a link may lead by a value, as a browser sees it. */
const ALLOWED: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:', 'tel:', 'sms:', 'relative:', 'invalid:']);

/** Attributes that say where something is. */
const ADDRESSES = /^(?:href|src|background|cite|poster)$/;
const leadsAnywhere = (name: string, value: string): boolean =>
  ADDRESSES.test(name) && !ALLOWED.has(URL.parse(value, 'relative://x/')?.protocol ?? 'invalid:');

/**
 * Everything in a document that is not words, in order: elements with their attributes' names, comments, doctypes, and
 * all that scripts, styles and their like say, and addresses of other kinds than a value may bring.
 */
function skeleton(html: string, scriptingEnabled = false): string[] {
  const found: string[] = [];
  const walk = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('tagName' in node) {
      const attributes = node.attrs.map(({ name, value }) =>
        RUNS.test(node.tagName) || RUNS_TOO.test(name) || leadsAnywhere(name, value) ? `${name}=${value}` : name,
      );
      found.push([node.tagName, ...attributes].join(' '));
    } else if ('value' in node) {
      if (node.parentNode && RUNS.test(node.parentNode.nodeName)) found.push(node.value);
    } else if (node.nodeName !== '#document')
      found.push(JSON.stringify(node, ['nodeName', 'data', 'name', 'publicId', 'systemId']));
    if ('content' in node) walk(node.content);
    if ('childNodes' in node) for (const child of node.childNodes) walk(child);
  };
  walk(parse(html, { scriptingEnabled }));
  return found;
}

describe('a hostile value stays a value', () => {
  test.each(Object.entries(POSITIONS))('in %s', (_, html) => {
    const template = compileHtml(html);
    for (const scripting of [false, true]) {
      const harmless = new Set(HARMLESS.map((v) => JSON.stringify(skeleton(render(template, input(v)), scripting))));
      for (const v of HOSTILE) {
        const output = render(template, input(v));
        expect({ v, harmless: harmless.has(JSON.stringify(skeleton(output, scripting))) }).toEqual({
          v,
          harmless: true,
        });
      }
    }
  });

  test('in the preheader, whose own words are text as well', () => {
    const template = compileHtml(
      '<!doctype html><html><body class="a">b</body></html>',
      'Tom & <b> {{context.v}}{{{context.v}}}',
    );
    const harmless = skeleton(render(template, input('x')));
    for (const v of HOSTILE) expect(skeleton(render(template, input(v)))).toEqual(harmless);
  });
});

/** Pieces of which a careless author, or a hostile one, could make a template. */
const PIECES: readonly string[] = [
  '<',
  '>',
  '"',
  "'",
  '=',
  '/',
  ' ',
  '&',
  ';',
  '#',
  ':',
  '?',
  '-',
  '!',
  '`',
  '\n',
  'x',
  'a',
  'on',
  'lt',
  '<p>',
  '</p>',
  '<a ',
  '<a href="',
  '<a href=',
  "<a href='",
  '">',
  "'>",
  'href="',
  'src="',
  'title="',
  ' style="',
  'onclick="',
  '<img ',
  '<img src="',
  '<td ',
  '<td class="',
  '<table>',
  '<tr>',
  '</table>',
  '<b',
  'hidden',
  ' alt=',
  '/>',
  '</a>',
  '</',
  '<br/',
  '<title>',
  '</title>',
  '<textarea>',
  '</textarea>',
  '<style>',
  '</style>',
  '<script>',
  '</script>',
  '<xmp>',
  '</xmp>',
  '<iframe>',
  '</iframe>',
  '<svg>',
  '</svg>',
  '<math>',
  '<select>',
  '</select>',
  '<option>',
  '<template>',
  '</template>',
  '<head>',
  '<body>',
  '<plaintext>',
  '<noscript>',
  '</noscript>',
  '<svg><style>',
  '<svg><title>',
  '<frameset>',
  '<!--',
  '-->',
  '--!>',
  '<!',
  '<!doctype html>',
  '<![CDATA[',
  ']]>',
  '<?x',
  '<!--[if mso]>',
  '<![endif]-->',
  'https://',
  'http:',
  'javascript:',
  'mailto:',
  'java',
  'script:',
  '&amp;',
  '&#58;',
  '&colon;',
  'x?y=',
  '%3A',
];

/** Positions around more of a template. */
const AROUND: readonly (readonly [string, string])[] = [
  ['<a href="', '">x</a>'],
  ["<a href='https://example.com/?a=", "'>x</a>"],
  ['<td title="', '">'],
  ['<td ', '>'],
  ['<img src="', '" alt="'],
  ['<title>', '</title>'],
  ['<style>', '</style>'],
  ['<!--', '-->'],
  ['<svg>', '</svg>'],
  ['<table>', '</table>'],
];

const pieces = fc.constantFrom(...PIECES);
const value = fc.constantFrom(
  '{{context.v}}',
  '{{context.w}}',
  '{{this}}',
  '{{urlEncode context.v}}',
  '{{~context.v~}}',
  '{{default context.none context.w}}',
);
const { template: templates } = fc.letrec<{ template: string; block: string; around: string }>((tie) => ({
  template: fc
    .array(
      fc.oneof(
        { maxDepth: 4 },
        { weight: 5, arbitrary: pieces },
        { weight: 3, arbitrary: value },
        { weight: 1, arbitrary: tie('block') },
        { weight: 2, arbitrary: tie('around') },
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
  block: fc
    .tuple(
      fc.constantFrom('if context.b', 'unless context.b', 'each context.list', 'with context.o'),
      tie('template'),
      fc.option(tie('template')),
    )
    .map(
      ([head, body, other]) =>
        `{{#${head}}}${body}${other === null ? '' : `{{else}}${other}`}{{/${head.split(' ')[0] ?? ''}}}`,
    ),
  around: fc
    .tuple(fc.constantFrom(...AROUND), tie('template'))
    .map(([[before, behind], inner]) => before + inner + behind),
}));
const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(pieces, { maxLength: 5 }).map((parts) => parts.join('')),
);

test('no template that is accepted lets a value become anything but a value', () => {
  let accepted = 0;
  fc.assert(
    fc.property(templates, hostile, hostile, fc.boolean(), fc.integer({ min: 0, max: 2 }), (html, v, w, b, length) => {
      const compiled = compileContent('email', { subject: 's', html: html || 'x', text: 't' });
      if (!compiled.ok) return;
      accepted += 1;
      const outputs = (values: readonly string[], others: readonly string[]): string[] =>
        values.flatMap((v) =>
          others.map((w) => render(compiled.template, { v, w, b, o: b ? {} : null, list: [v, w].slice(0, length) })),
        );
      const [output = ''] = outputs([v], [w]);
      const harmless = outputs(HARMLESS, HARMLESS);
      expect(harmless.map((html) => JSON.stringify(skeleton(html)))).toContain(JSON.stringify(skeleton(output)));
    }),
    { numRuns: Number(process.env['HERALD_TEST_RUNS'] ?? 2_000) },
  );
  expect(accepted).toBeGreaterThan(100);
});
