import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { compileContent, HELPER_NAMES } from './index.ts';

function compile(title: string) {
  return compileContent('push', { title: 'x', body: 'x', data: { out: title } });
}

function issue(template: string): string {
  const compiled = compile(template);
  return compiled.ok ? '' : (compiled.issues[0]?.message ?? '');
}

function run(template: string, context: Record<string, unknown> = {}): string | undefined {
  const compiled = compile(template);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
  const rendered = compiled.template.render({ profile: {}, context, system: {} });
  if (!rendered.ok) throw new Error(rendered.reason);
  return rendered.content.data?.['out'];
}

describe('comparisons', () => {
  const context = {
    n: 5,
    s: '5',
    f: '5.0',
    a: 'abc',
    b: 'abd',
    day: '2026-01-02',
    yes: true,
    no: false,
    zero: 0,
    empty: '',
    list: [],
    some: [1],
    o: {},
    nil: null,
  };
  test.each([
    ['eq context.n 5', true],
    ['eq context.s 5', true],
    ['eq context.n context.f', true],
    ['eq context.s context.f', false],
    ['eq context.a "abc"', true],
    ['eq context.a "ABC"', false],
    ['eq context.yes true', true],
    ['eq context.yes "true"', false],
    ['eq context.missing null', false],
    ['eq context.nil null', true],
    ['eq context.o context.o', true],
    ['eq context.some "1"', false],
    ['ne context.n 5', false],
    ['ne context.a context.b', true],
    ['lt context.n 6', true],
    ['lt context.s "40"', true],
    ['lt context.a context.b', true],
    ['lt context.day "2026-01-10"', true],
    ['lt context.a 5', false],
    ['gt context.missing 5', false],
    ['lte context.n 5', true],
    ['gte context.n 5', true],
    ['gt context.n 5', false],
    ['gte context.o 1', false],
    ['not context.zero', true],
    ['not context.list', true],
    ['not context.o', false],
    ['and context.yes context.n', 5],
    ['and context.yes context.zero context.n', 0],
    ['and context.missing context.n', ''],
    ['or context.empty context.list context.a context.b', 'abc'],
    ['or context.no context.nil', ''],
    ['and (gt context.n 1) (lt context.n 9)', true],
  ])('%s', (call, expected) => {
    expect(run(`{{${call}}}`, context)).toBe(String(expected));
    expect(run(`{{#if (${call})}}yes{{else}}no{{/if}}`, context)).toBe(expected ? 'yes' : 'no');
  });
});

describe('values in words', () => {
  const context = {
    time: '2026-03-01T22:30:05Z',
    local: '2026-03-01 23:30+0100',
    plain: '2026-03-01T22:30:05.123456',
    ms: 1_772_404_205_000,
    day: '2026-03-01',
    n: 1234.5,
    s: '1234.50',
    tag: 'de_DE',
    bad: 'nonsense',
    text: 'élan VITAL',
    emoji: '👩‍👩‍👧👍🏽ab',
    list: ['a', 2, null, { b: 1 }, true],
    url: 'https://user@Example.org:8443/a%20b/c?x=1%2B1&y=%C3%BC#z',
  };
  test.each([
    ['date context.time', 'Mar 1, 2026'],
    ['date context.time "short" locale="de"', '01.03.26'],
    ['date context.time "long" timeZone="Europe/Berlin" locale="de"', '1. März 2026'],
    ['date context.time "full" timeZone="Asia/Tokyo"', 'Monday, March 2, 2026'],
    ['date context.time "time" locale="de"', '22:30'],
    ['date context.time "datetime" timeZone="America/New_York" locale="de-AT"', '01.03.2026, 17:30'],
    ['date context.time "yyyy-MM-dd HH:mm:ss" timeZone="Asia/Kolkata"', '2026-03-02 04:00:05'],
    [`date context.time "d. MMMM yy, h:mm a 'Uhr' EEE" locale="pt"`, '1. março 26, 10:30 PM Uhr dom.'],
    ['date context.time "EEEE d/M H" locale="fr"', 'dimanche 1/3 22'],
    ['date context.local "HH:mm"', '22:30'],
    ['date context.plain "HH:mm"', '22:30'],
    ['date context.ms "yyyy-MM-dd HH:mm"', '2026-03-01 22:30'],
    ['date context.day "dd.MM.yyyy" timeZone="America/New_York"', '01.03.2026'],
    ['date context.time context.bad', 'Mar 1, 2026'],
    ['date context.time timeZone=context.bad locale=context.bad', 'Mar 1, 2026'],
    ['date context.bad', ''],
    ['date context.missing', ''],
    ['date context.time locale=context.tag', '01.03.2026'],
    ['number context.n', '1,234.5'],
    ['number context.s decimals=2 locale="de"', '1.234,50'],
    ['number context.bad', ''],
    ['number context.list', ''],
    ['percent 0.256', '26%'],
    ['percent 0.256 decimals=1 locale="de"', '25,6\u00A0%'],
    ['currency context.n "EUR"', '€1,234.50'],
    ['currency context.s "eur" locale="de"', '1.234,50\u00A0€'],
    ['currency context.n "JPY" locale="ja"', '￥1,235'],
    ['currency context.n context.bad', '1,234.50'],
    ['currency context.missing "EUR"', ''],
    ['upper context.text', 'ÉLAN VITAL'],
    ['lower context.text', 'élan vital'],
    ['capitalize context.text', 'Élan VITAL'],
    ['capitalise ""', ''],
    ['upper context.n', '1234.5'],
    ['upper context.list', ''],
    ['default context.missing "x"', 'x'],
    ['default context.missing context.none context.n', '1234.5'],
    ['default "" 0', '0'],
    ['default context.text "x"', 'élan VITAL'],
    ['join context.list', 'a, 2, , , true'],
    ['join context.list "-"', 'a-2---true'],
    ['join context.text ","', ''],
    ['length context.list', '5'],
    ['length context.emoji', '9'],
    ['length context.n', '0'],
    ['first context.list', 'a'],
    ['last context.list', 'true'],
    ['first context.text', ''],
    ['truncate context.text 4', 'élan…'],
    ['truncate context.text 4 "..."', 'élan...'],
    ['truncate context.text 40', 'élan VITAL'],
    ['truncate context.emoji 2 ""', '👩‍👩‍👧👍🏽'],
    ['truncate context.text context.bad', 'élan VITAL'],
    ['replace context.text "VITAL" "$&"', 'élan $&'],
    ['replace context.text "" "x"', 'élan VITAL'],
    [
      'urlEncode context.url',
      `https%3A%2F%2Fuser%40Example.org%3A8443%2Fa%2520b%2Fc%3Fx%3D1%252B1%26y%3D%25C3%25BC%23z`,
    ],
    ['urlHost context.url', 'example.org:8443'],
    ['urlPath context.url', '/a%20b/c'],
    ['urlQuery context.url "x"', '1+1'],
    ['urlQuery context.url "y"', 'ü'],
    ['urlQuery context.url "none"', ''],
    ['urlHost "javascript:alert(1)"', ''],
    ['urlHost context.text', ''],
    ['lookup context.list 1', '2'],
    ['lookup context "text"', 'élan VITAL'],
    ['upper (truncate (replace context.text "é" "e") 4 "")', 'ELAN'],
  ])('%s', (call, expected) => {
    expect(run(`{{${call}}}`, context)?.replaceAll('\u202F', ' ')).toBe(expected);
  });

  test('are the same whatever the language and the zone of the machine', () => {
    const program = `
      import { compileContent } from ${JSON.stringify(import.meta.resolve('./index.ts'))};
      const text = '{{date "2026-03-01T22:30" "yyyy-MM-dd HH:mm"}} {{date 0 "datetime" locale="tlh"}} {{number 1234.5 locale="tlh"}}';
      const { template } = compileContent('sms', { text });
      console.log(template.render({ profile: {}, context: {}, system: {} }).content.text);`;
    const env = { ...process.env, TZ: 'Pacific/Kiritimati', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' };
    const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      env,
      encoding: 'utf8',
    });
    expect(printed.trim().replaceAll('\u202F', ' ')).toBe('2026-03-01 22:30 Jan 1, 1970, 12:00 AM 1,234.5');
  });

  test('have names that are no helpers inside of loops', () => {
    const context = { items: [{ date: 'd', number: 1, first: 'f', length: 2 }] };
    expect(run('{{#each context.items}}{{date}}{{number}}{{first}}{{length}}{{upper date}}{{/each}}', context)).toBe(
      'd1f2D',
    );
  });
});

describe('a call is refused', () => {
  test.each([
    ['{{shout context.a}}', /unknown helper "shout": there are eq, ne, lt, .*, lookup/],
    ['{{constructor context.a}}', /unknown helper/],
    ['{{__proto__ context.a}}', /unknown helper/],
    ['{{upper}}', /upper takes a value: write \{\{upper value\}\}/],
    ['{{upper context.a context.b}}', /wrong number of values for upper/],
    ['{{upper context.a locale="de"}}', /upper does not know "locale="/],
    ['{{eq context.a}}', /wrong number of values for eq/],
    ['{{date context.a "dd.mm.qq"}}', /the format is neither short, medium/],
    ['{{date context.a timeZone="Mars/Base"}}', /timeZone= is not/],
    ['{{date context.a locale="x"}}', /locale= is not/],
    ['{{number context.a decimals=-1}}', /decimals= is not/],
    ['{{currency context.a}}', /wrong number/],
    ['{{currency context.a "Euro"}}', /not a code/],
    ['{{truncate context.a "x"}}', /the length is not a number/],
    ['{{#upper context.a}}x{{/upper}}', /unknown block "upper"/],
    ['{{upper (shout context.a)}}', /unknown helper "shout"/],
    ['{{upper firstName}}', /unknown name "firstName"/],
    ['{{"context"}}', /need no braces/],
    ['{{@index}}', /outside of a loop/],
    ['{{#each context.a}}{{@../index}}{{/each}}', /outside of a loop/],
  ])('%s', (template, message) => {
    expect(issue(template)).toMatch(message);
  });
});

describe('hostile values', () => {
  const calls = HELPER_NAMES.flatMap((name) =>
    [1, 2, 3].map((count) => `${name} ${['context.a', 'context.b', 'context.c'].slice(0, count).join(' ')}`),
  )
    .concat([
      'date context.a context.b timeZone=context.c locale=context.d',
      'number context.a decimals=context.b locale=context.c',
      'percent context.a decimals=context.b locale=context.c',
      'currency context.a context.b locale=context.c decimals=context.d',
    ])
    .filter((call) => issue(`{{${call}}}`) === '');

  test('never make a helper throw, and every result is text', () => {
    const template = calls
      .map(
        (call) =>
          `{{${call}}}{{#if (${call})}}{{/if}}{{#each (${call})}}{{this}}{{/each}}{{lookup (${call}) context.a}}`,
      )
      .join('');
    const compiled = compileContent('email', { subject: 's', html: '<p>x</p>', text: template });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
    const odd = fc.constantFrom<unknown>(
      '__proto__',
      'constructor',
      'en',
      'UTC',
      'EUR',
      'dd',
      '\uD800',
      '\0',
      'https://x.org/?a',
      '%',
      -0,
      JSON.parse('1e400'),
      -1e-7,
      8.65e15,
      1e21,
      [],
      [[]],
      {},
      { __proto__: null },
      '2026-13-45',
      '9'.repeat(50),
    );
    fc.assert(
      fc.property(
        fc.record({
          a: fc.oneof(odd, fc.jsonValue()),
          b: fc.oneof(odd, fc.jsonValue()),
          c: fc.oneof(odd, fc.jsonValue()),
          d: fc.oneof(odd, fc.jsonValue()),
        }),
        (context) => {
          const rendered = compiled.template.render({ profile: {}, context, system: {} });
          expect(rendered.ok || rendered.reason).toBe(true);
          if (rendered.ok) expect(rendered.content.text).not.toMatch(/function|\[object|undefined|null/);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each(calls)('cannot reach a prototype by %s', (call) => {
    const template = `[{{lookup (${call}) "constructor"}}{{lookup (${call}) "__proto__"}}{{#with (lookup (${call}) "toString")}}in{{/with}}]`;
    for (const a of ['abc', [1], { x: 1 }, 5, true])
      expect(run(template, { a, b: 'constructor', c: '__proto__', d: 'en' })).toBe('[]');
  });

  test.each([
    '{{join context.long ", "}}',
    '{{#each context.many}}{{length @root.context.big}}{{/each}}',
    '{{#each context.many}}{{join @root.context.many ""}}{{/each}}',
    '{{#each context.many}}{{#if (eq (upper @root.context.big) "x")}}{{/if}}{{/each}}',
    '{{replace context.big "x" context.big}}',
    '{{replace (replace context.big "x" "xxxxxxxxxx") "x" "xxxxxxxxxx"}}',
    '{{truncate context.big 190000}}',
    '{{#each context.many}}{{date 0 timeZone=this locale=this}}{{/each}}',
    '{{#each context.many}}{{currency 1 this}}{{date 0 this}}{{number this locale=this}}{{urlHost this}}{{/each}}',
    '{{#each context.many}}{{#each @root.context.many}}{{/each}}{{/each}}',
    `{{#each context.many}}${'{{context.none}}'.repeat(1_900)}{{/each}}`,
    `{{#each context.many}}{{#if this}}${'{{#if (eq @root.context.big @root.context.same)}}{{/if}}'.repeat(600)}{{/if}}{{/each}}`,
    `{{#each context.many}}${'{{default @root.context.none @root.context.none}}'.repeat(600)}{{/each}}`,
  ])('cannot make much work of %s', (template) => {
    const context = {
      long: Array(100_000).fill('x'.repeat(30)),
      many: Array.from({ length: 9_000 }, (_, at) => `Zone/${String(at)}`),
      big: 'x'.repeat(200_000),
      same: 'x'.repeat(200_000),
    };
    const compiled = compileContent('email', { subject: 's', html: '<p>x</p>', text: template });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
    const startedAt = performance.now();
    const rendered = compiled.template.render({ profile: {}, context, system: {} });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    if (!rendered.ok) expect(['too-many-iterations', 'output-too-large']).toContain(rendered.reason);
  });
});
