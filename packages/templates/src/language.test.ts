import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import Handlebars from 'handlebars';
import { compileContent } from './index.ts';

/** Templates that mean something to both, over the data below. A scope is where the names inside of a block are. */
type Scope = 'root' | 'person' | 'item' | 'word';

const VALUES: Readonly<Record<Scope, readonly string[]>> = {
  root: [
    'context.name',
    'context.zero',
    'context.no',
    'context.none',
    'context.none.deeper',
    'context.person.first',
    'profile.language',
    'context.items.[1].label',
  ],
  person: ['first', 'last', 'this.first', '../context.name', '@root.context.name', 'none'],
  item: [
    'label',
    'count',
    'this.label',
    '@index',
    '@key',
    '@first',
    '@last',
    '../context.name',
    '@root.profile.language',
    'none',
    'row.label',
    'at',
  ],
  word: ['this', '.', '@index', '@last', '@root.context.name'],
};
const TESTS: Readonly<Record<Scope, readonly string[]>> = {
  root: [
    'context.name',
    'context.zero',
    'context.no',
    'context.none',
    'context.empty',
    'context.items',
    'context.person',
    '(lookup context "name")',
  ],
  person: ['first', 'none', '@root.context.zero'],
  item: ['label', 'count', '@first', '@last', 'words'],
  word: ['this', '@first'],
};

const scopes: readonly Scope[] = ['root', 'person', 'item', 'word'];
const text = fc.constantFrom('a', ' ', '\n', '<b>', '& ', ' }} ', '  \n  ');

const arbitraries = fc.letrec<Record<Scope | `${Scope} block`, string>>((tie) => {
  const of = (scope: Scope): fc.Arbitrary<string> =>
    fc
      .array(
        fc.oneof(
          { maxDepth: 4, depthIdentifier: 'block' },
          { weight: 2, arbitrary: text },
          {
            weight: 3,
            arbitrary: fc
              .tuple(fc.constantFrom(...VALUES[scope]), fc.boolean(), fc.boolean())
              .map(([value, left, right]) => `{{${left ? '~' : ''}${value}${right ? '~' : ''}}}`),
          },
          { weight: 1, arbitrary: fc.constant('{{! a comment }}') },
          { weight: 2, arbitrary: tie(`${scope} block`) },
        ),
        { maxLength: 6 },
      )
      .map((parts) => parts.join(''));
  const blocks = (scope: Scope): fc.Arbitrary<string> => {
    const tests = fc.constantFrom(...TESTS[scope]);
    const entering: readonly (readonly [string, Scope])[] =
      scope === 'root'
        ? [
            ['with context.person', 'person'],
            ['each context.items as |row at|', 'item'],
            ['each context.words', 'word'],
            ['each context.none', 'item'],
          ]
        : scope === 'item'
          ? [['each words', 'word']]
          : [];
    const chosen = fc
      .tuple(
        fc.constantFrom('if', 'unless'),
        tests,
        tie(scope),
        fc.option(tests),
        fc.option(tie(scope)),
        fc.constantFrom('', ' includeZero=true'),
      )
      .map(
        ([name, subject, body, second, other, zero]) =>
          `{{#${name} ${subject}${zero}}}${body}${second === null ? '' : `{{else if ${second}}}${body}`}${other === null ? '' : `{{else}}${other}`}{{/${name}}}`,
      );
    const entered = entering.map(([head, inner]) =>
      fc
        .tuple(tie(inner), fc.option(tie(scope)))
        .map(
          ([body, other]) =>
            `{{#${head}}}${body}${other === null ? '' : `{{else}}${other}`}{{/${head.split(' ')[0] ?? ''}}}`,
        ),
    );
    return fc.oneof({ depthIdentifier: 'block' }, chosen, ...entered);
  };
  return Object.fromEntries(
    scopes.flatMap((scope) => [
      [scope, of(scope)],
      [`${scope} block`, blocks(scope)],
    ]),
  ) as Record<Scope | `${Scope} block`, fc.Arbitrary<string>>;
});

const context = {
  name: 'Ada',
  zero: 0,
  no: false,
  empty: [],
  person: { first: 'A', last: 'L' },
  words: ['x', 'y', ''],
  items: [
    { label: 'one', count: 1, words: ['p', 'q'] },
    { label: 'two', count: 0, words: [] },
  ],
};
const profile = { language: 'en' };

test('a template means what it means to Handlebars', () => {
  fc.assert(
    fc.property(arbitraries.root, (template) => {
      fc.pre(template.length < 2_000);
      const compiled = compileContent('email', { subject: 's', html: 'h', text: template || 'x' });
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
      const rendered = compiled.template.render({ profile, context, system: {} });
      if (!rendered.ok) throw new Error(rendered.reason);
      expect(rendered.content.text).toBe(
        Handlebars.compile(template || 'x')({ profile, context: { ...context, system: {} } }),
      );
    }),
    { numRuns: Number(process.env['HERALD_TEST_RUNS'] ?? 1_000) },
  );
});
