import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { compileContextSchema, declares, SCHEMA_LIMITS, type ContextSchema } from './index.ts';

function compiled(schema: object): ContextSchema {
  const result = compileContextSchema({ type: 'object', ...schema });
  if (!result.ok) throw new Error(result.message);
  return result.compiled;
}
const refusalOf = (schema: unknown): string | undefined => {
  const result = compileContextSchema(schema);
  return result.ok ? undefined : result.message;
};
const properties = (one: object): object => ({ type: 'object', properties: { one } });
const failureOf = (schema: object, context: Record<string, unknown>): string | undefined => {
  const checked = compiled(schema).check(context);
  return checked.ok ? undefined : `${checked.path} ${checked.message}`;
};

const ORDER = {
  required: ['order'],
  properties: {
    order: {
      type: 'object',
      required: ['total', 'items'],
      additionalProperties: false,
      properties: {
        total: { type: 'number', minimum: 0 },
        currency: { enum: ['EUR', 'DKK'], default: 'EUR' },
        placed: { type: 'string', format: 'date-time' },
        items: { type: 'array', minItems: 1, items: { $ref: '#/$defs/item' } },
      },
    },
  },
  $defs: {
    item: {
      type: 'object',
      required: ['sku'],
      properties: { sku: { type: 'string', pattern: '^[A-Z]{2}\\d+$' }, count: { type: 'integer', default: 1 } },
    },
  },
};
const order = (over: object = {}): Record<string, unknown> => ({
  order: { total: 12.5, items: [{ sku: 'AB1' }, { sku: 'AB2', count: 3 }], ...over },
});

describe('a context', () => {
  test('is let through, with what is missing filled in, and the given one left as it was', () => {
    const given = order();
    const before = structuredClone(given);
    const schema = compiled(ORDER);
    const wanted = {
      order: {
        total: 12.5,
        currency: 'EUR',
        items: [
          { sku: 'AB1', count: 1 },
          { sku: 'AB2', count: 3 },
        ],
      },
    };
    expect(schema.check(given)).toEqual({ ok: true, context: wanted });
    expect(schema.check(given)).toEqual({ ok: true, context: wanted });
    expect(given).toEqual(before);
  });

  test.each<[string, Record<string, unknown>]>([
    ['order is required', {}],
    ['order must be object', { order: 'x' }],
    ['order.total is required', { order: { items: [{ sku: 'AB1' }] } }],
    ['order.total must be number', order({ total: '12.5' })],
    ['order.total must be >= 0', order({ total: -1 })],
    ['order.currency must be equal to one of the allowed values', order({ currency: 'XXX' })],
    ['order.placed must match format "date-time"', order({ placed: 'yesterday' })],
    ['order.items must NOT have fewer than 1 items', order({ items: [] })],
    ['order.items[1].sku must match pattern "^[A-Z]{2}\\d+$"', order({ items: [{ sku: 'AB1' }, { sku: 'ab' }] })],
    ['order.items[0].sku is required', order({ items: [{}] })],
    ['order.note is not in the schema of the campaign, which allows no others', order({ note: 'x' })],
  ])('is refused, by the name of the field: %s', (message, context) => {
    expect(failureOf(ORDER, context)).toBe(message);
  });

  test('has the forms that the schema names, and no value is ever quoted', () => {
    const either = properties({ anyOf: [{ type: 'number' }, { type: 'string', format: 'email' }] });
    expect(failureOf(either, { one: 3 })).toBeUndefined();
    expect(failureOf(either, { one: 'a@b.example' })).toBeUndefined();
    expect(failureOf(either, { one: 'PLANTED' })).toBe('one has none of the allowed forms');
  });

  test('has only what is its own', () => {
    expect(failureOf({ required: ['constructor', 'toString'] }, {})).toBe('constructor is required');
    const hostile = JSON.parse('{"__proto__":{"total":1}}') as Record<string, unknown>;
    expect(failureOf({ required: ['total'] }, hostile)).toBe('total is required');
    expect(failureOf({ additionalProperties: false }, hostile)).toMatch(/__proto__ is not in the schema/);
  });

  test.each<[string, string[], string[]]>([
    ['date', ['2026-02-28'], ['2026-02-30', '28.02.2026', '2026-02-28T00:00:00Z']],
    ['date-time', ['2026-02-28T10:00:00Z', '2026-02-28T10:00:00.5+01:00'], ['2026-02-28T10:00:00', '2026-02-28']],
    ['email', ['ada@example.com'], ['ada', 'ada@example.com\n']],
    ['phone', ['+4520123456'], ['20123456']],
    ['uri', ['https://a.example/?a=1&b=%20', 'mailto:a@b.example'], ['/relative', 'https://a b', 'nonsense']],
    ['uuid', ['0198c5d2-5c1e-7d04-9f0b-2f6f8f1f7a11'], ['0198c5d2']],
  ])('has texts of the format %s', (format, right, wrong) => {
    const schema = properties({ type: 'string', format });
    for (const one of right) expect([one, failureOf(schema, { one })]).toEqual([one, undefined]);
    for (const one of [...wrong, '', 'x'.repeat(200_000)])
      expect(failureOf(schema, { one })).toMatch(/^one must match/);
  });
});

const nested = (levels: number): object => (levels === 0 ? {} : { properties: { a: nested(levels - 1) } });
const doubling = Object.fromEntries(
  Array.from({ length: 30 }, (_, n) => [
    `d${n}`,
    { allOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }] },
  ]),
);

describe('a schema is refused', () => {
  test.each<[string, unknown, RegExp]>([
    ['that is none', [], /^must be an object$/],
    ['for something else than an object', { type: 'array' }, /"type": "object"/],
    [
      'with a reference elsewhere',
      properties({ $ref: 'https://evil.example/schema' }),
      /^properties\.one\.\$ref must name/,
    ],
    ['with a reference into a file', properties({ $ref: 'file:///etc/passwd' }), /must name a definition/],
    ['with a reference to nothing', properties({ $ref: '#/$defs/none' }), /must name a definition/],
    ['with a reference to itself', properties({ $ref: '#' }), /must name a definition/],
    [
      'that goes in circles',
      { type: 'object', $defs: { a: { $ref: '#/$defs/b' }, b: { items: { $ref: '#/$defs/a' } } } },
      /leads back to the definition/,
    ],
    [
      'that doubles with every level',
      { type: 'object', $defs: { ...doubling, d30: {} } },
      /more than (500 schemas|12 levels)/,
    ],
    ['that is deep', { type: 'object', ...nested(20) }, /more than 12 levels deep/],
    ['that is long', { type: 'object', description: 'x'.repeat(SCHEMA_LIMITS.bytes) }, /the limit is 32000/],
    ['with many choices', properties({ enum: Array.from({ length: 201 }, (_, n) => n) }), /1 to 200 values/],
    ['with a pattern that is none', properties({ pattern: '[' }), /no pattern in the syntax of RE2/],
    ['with look-around', properties({ pattern: '(?=a)' }), /no look-around/],
    ['with a pattern that explodes', properties({ pattern: '((a{1,100}){1,100}){1,100}' }), /no pattern/],
    ['with a format that is not known', properties({ format: 'regex' }), /must be one of date, /],
    ['with a misspelt keyword', properties({ minLenght: 1 }), /^properties\.one\.minLenght is no keyword/],
    ['with uniqueItems', properties({ uniqueItems: true }), /is no keyword that is supported/],
    ['with if', properties({ if: {} }), /is no keyword that is supported/],
    ['with an inherited name for a keyword', properties({ constructor: {} }), /constructor is no keyword/],
    ['with $id', { type: 'object', $id: 'https://x.example' }, /\$id is no keyword/],
    ['of another dialect', { type: 'object', $schema: 'http://json-schema.org/draft-04/schema#' }, /\$schema must be/],
    ['that declares system', { type: 'object', properties: { system: {} } }, /Herald’s own/],
    ['that requires system', { type: 'object', required: ['system'] }, /Herald’s own/],
    ['with __proto__', JSON.parse('{"type":"object","properties":{"__proto__":{}}}'), /__proto__/],
    [
      'with a default that it refuses',
      properties({ type: 'number', default: 'x' }),
      /properties\.one has a default that/,
    ],
    ['with a default in a branch', { type: 'object', anyOf: [properties({ default: 1 })] }, /no effect in a branch/],
    [
      'with a default that a branch refers to',
      { type: 'object', anyOf: [{ $ref: '#/$defs/a' }], $defs: { a: properties({ default: 1 }) } },
      /no effect in a branch/,
    ],
    ['with a default of a list’s elements', properties({ items: { default: 1 } }), /directly in a property only/],
    ['with a type that is none', properties({ type: 'text' }), /type must be one or several of/],
  ])('%s', (_, schema, message) => {
    expect(refusalOf(schema)).toMatch(message);
  });

  test('or compiled, whatever it is: nothing is thrown', () => {
    const keyword = fc.constantFrom(
      'type',
      'properties',
      'items',
      'required',
      'enum',
      'allOf',
      'pattern',
      'default',
      '$ref',
    );
    fc.assert(
      fc.property(fc.dictionary(keyword, fc.jsonValue({ maxDepth: 4 })), (schema) => {
        for (const one of [schema, { ...schema, type: 'object' }, { type: 'object', properties: { a: schema } }])
          expect(typeof compileContextSchema(one).ok).toBe('boolean');
      }),
      { numRuns: 300 },
    );
  });
});

test('a pattern is matched in time that grows with the text, and no faster', () => {
  const schema = compiled(properties({ type: 'string', pattern: '^(a+)+$' }));
  const one = `${'a'.repeat(190_000)}!`;
  const started = performance.now();
  expect(schema.check({ one }).ok).toBe(false);
  // A backtracking engine would need longer than the universe has.
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('what content uses is declared, left open, or impossible', () => {
  const schema = compiled({
    properties: {
      name: { type: 'string' },
      order: {
        type: 'object',
        additionalProperties: false,
        properties: { items: { items: { $ref: '#/$defs/item' } } },
      },
      tags: { type: 'array' },
      texts: { type: 'object', additionalProperties: { type: 'string' } },
      either: { anyOf: [{ type: 'object', properties: { a: {} } }, { type: 'string' }] },
    },
    $defs: { item: { type: 'object', properties: { sku: { type: 'string' } } } },
  });
  expect(
    [
      'name',
      'order',
      'order.items',
      'order.items[].sku',
      'order.items.length',
      'texts.da',
      'either.a',
      'texts[]',
      'other',
      'other.deep',
      'order.items[].price',
      'tags[].x',
      'order.total',
      'name.first',
      'name[]',
    ].map((path) => [path, declares(schema, path)]),
  ).toEqual([
    ['name', 'declared'],
    ['order', 'declared'],
    ['order.items', 'declared'],
    ['order.items[].sku', 'declared'],
    ['order.items.length', 'declared'],
    ['texts.da', 'declared'],
    ['either.a', 'declared'],
    ['texts[]', 'declared'],
    ['other', 'undeclared'],
    ['other.deep', 'undeclared'],
    ['order.items[].price', 'undeclared'],
    ['tags[].x', 'undeclared'],
    ['order.total', 'impossible'],
    ['name.first', 'impossible'],
    ['name[]', 'impossible'],
  ]);
});
