import { describe, expect, test } from '@jest/globals';
import { compileContent } from './index.ts';

interface Content {
  subject?: string;
  html?: string;
  text?: string;
}

const compile = ({ subject = 'subject', html = '<p>html</p>', text }: Content) =>
  compileContent('email', { subject, html, ...(text === undefined ? {} : { text }) });

function issues(content: Content) {
  const compiled = compile(content);
  return compiled.ok ? [] : compiled.issues;
}

describe('the attributes used', () => {
  test('are listed with their paths, wherever they stand', () => {
    const compiled = compile({
      subject: '{{profile.person.name.firstName}}',
      html:
        '{{#if context.vip}}{{context.offer.title}}{{/if}}{{#each context.items}}{{name}}{{#each tags}}{{this}}{{/each}}' +
        '{{../context.currency}}{{@root.profile.language}}{{/each}}{{#with profile.person}}{{name.lastName}}{{/with}}',
      text: '{{#each context.orders as |order|}}{{order.id}}{{/each}}{{lookup context.map "key"}}{{lookup context.map context.key}}',
    });
    expect(compiled.ok && compiled.template.attributes).toEqual([
      'context.currency',
      'context.items',
      'context.items[].name',
      'context.items[].tags',
      'context.items[].tags[]',
      'context.key',
      'context.map',
      'context.map.key',
      'context.offer.title',
      'context.orders',
      'context.orders[].id',
      'context.vip',
      'profile.language',
      'profile.person',
      'profile.person.name.firstName',
      'profile.person.name.lastName',
    ]);
  });
});

describe('a template is refused', () => {
  test.each([
    ['{{shout context.a}}', /line 1: unknown helper "shout"/],
    ['\n\n{{#list context.a}}x{{/list}}', /line 3: unknown block "list"/],
    ['{{#context.items}}x{{/context.items}}', /unknown block/],
    ['{{> part}}', /fragment/],
    ['{{#> part}}x{{/part}}', /fragment/],
    ['{{* deco}}', /partials and decorators/],
    ['{{#*inline "x"}}y{{/inline}}', /partials and decorators/],
    ['{{log context.a}}', /unknown helper "log"/],
    ['{{helperMissing context.a}}', /unknown helper/],
    ['{{lookup context.a}}', /lookup takes/],
    ['{{lookup (shout context.a) "b"}}', /unknown helper "shout"/],
    ['{{if context.a}}', /if/],
    ['{{#if}}x{{/if}}', /exactly one value/],
    ['{{#if context.a context.b}}x{{/if}}', /exactly one value/],
    ['{{#each context.a limit=3}}x{{/each}}', /does not know "limit="/],
    ['{{firstName}}', /unknown name "firstName"/],
    ['{{constructor.constructor}}', /unknown name "constructor"/],
    ['{{@print}}', /unknown name "@print"/],
    ['{{#each context.a}}{{@print}}{{/each}}', /unknown name "@print"/],
    ['{{../context.a}}', /leads out/],
    ['{{context.a', /line 1/],
    ['{{#if context.a}}x', /./],
    ['{{{{raw}}}} {{x}} {{{{/raw}}}}', /raw blocks/],
    ['a \\{{context.a}}', /escaped braces/],
    [`${'{{#if context.a}}'.repeat(40)}${'{{/if}}'.repeat(40)}`, /more than 32 deep/],
    [`${'{{#if context.a}}'.repeat(20_000)}${'{{/if}}'.repeat(20_000)}`, /more than/],
    [`{{lookup ${'(lookup '.repeat(40)}context.a${' "b")'.repeat(40)} "b"}}`, /deep/],
    ['{{context.a}}'.repeat(2_001), /more than 2000/],
    [`{{#if context.a}}${'{{else if context.b}}'.repeat(20_000)}{{/if}}`, /more than/],
    [`{{#if context.a}}${'{{else if context.b}}'.repeat(40)}{{/if}}`, /more than 32 deep/],
    [`{{lookup ${'('.repeat(100_000)}`, /not closed/],
    ['{{a '.repeat(100_000), /not closed/],
    ['{{"'.repeat(100_000), /./],
    ['{{!-- x '.repeat(50_000), /not closed/],
  ])('%#: %.60s', (text, message) => {
    const found = issues({ text });
    expect(found[0]).toEqual({ field: 'text', message: expect.stringMatching(message) });
    for (const issue of found) expect(issue.message.length).toBeLessThan(400);
  });

  test('in HTML for values that are not escaped', () => {
    expect(issues({ html: '{{{context.a}}}' })[0]?.field).toBe('html');
    expect(issues({ html: '{{& context.a}}' })[0]?.field).toBe('html');
  });

  test('with every part that is wrong', () => {
    const found = issues({ subject: '{{a}}', html: '{{b}}\n{{c}}', text: '{{d' });
    expect(found.map(({ field }) => field)).toEqual(['subject', 'html', 'html', 'text']);
  });
});
