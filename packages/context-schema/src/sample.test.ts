import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { compileContextSchema, type Context } from './compile.ts';
import { sampleOfPattern } from './pattern-sample.ts';
import { sampleContext } from './sample.ts';

const word = (name: string): string => name.toUpperCase();

function sample(properties: object, used: Context = {}, over: object = {}): Context {
  const result = compileContextSchema({ type: 'object', required: Object.keys(properties), properties, ...over });
  if (!result.ok) throw new Error(result.message);
  const context = sampleContext(result.compiled, used, word);
  expect([context, result.compiled.check(context)]).toMatchObject([context, { ok: true }]);
  return context;
}

describe('a sample has what the schema requires and the content uses', () => {
  test.each([
    [{ type: 'string' }, 'A'],
    [{ type: 'string', minLength: 3 }, 'AXX'],
    [{ type: 'string', maxLength: 0 }, ''],
    [{ type: 'string', format: 'date' }, '2027-01-31'],
    [{ type: 'string', format: 'phone' }, '+15550100000'],
    [{ format: 'uri' }, 'https://example.com/PATH'],
    [{ type: 'string', pattern: '^[0-9]{6}$' }, '000000'],
    [{ type: 'string', enum: ['b', 'c'] }, 'b'],
    [{ const: { x: 1 } }, { x: 1 }],
    [{ type: 'string', default: 'EUR' }, 'EUR'],
    [{ type: 'number' }, 1],
    [{ type: 'integer', minimum: 10, multipleOf: 4 }, 12],
    [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
    [{ type: 'number', maximum: -5 }, -5],
    [{ type: 'integer', exclusiveMaximum: -5 }, -6],
    [{ type: 'boolean' }, true],
    [{ type: ['null', 'boolean'] }, true],
    [{ type: 'null' }, null],
    [{ type: 'array', items: { type: 'number' } }, [1]],
    [{ type: 'array', minItems: 3, items: { type: 'boolean' } }, [true, true, true]],
    [{ type: 'array', maxItems: 0 }, []],
    [{ type: 'object', required: ['b'], properties: { b: { type: 'number' }, c: { type: 'number' } } }, { b: 1 }],
    [{ anyOf: [{ type: 'number' }, { type: 'string' }] }, 1],
    [{ allOf: [{ type: 'number' }, { minimum: 7 }] }, 7],
    [{ $ref: '#/$defs/money' }, { amount: 1 }],
    [{}, 'A'],
  ])('%j: %j', (node, value) => {
    const money = { type: 'object', required: ['amount'], properties: { amount: { type: 'number' } } };
    expect(sample({ a: node }, {}, { $defs: { money } })).toEqual({ a: value });
  });

  test('used ones are there in the type that the schema says, whatever they look like in the content', () => {
    const line = { type: 'object', properties: { price: { type: 'number' }, due: { type: 'string', format: 'date' } } };
    const properties = {
      order: { type: 'object', properties: { lines: { type: 'array', items: line }, paid: { type: 'boolean' } } },
      labels: { type: 'object', additionalProperties: { type: 'integer' } },
    };
    const used = {
      order: { lines: [{ price: 'PRICE', due: 'DUE', name: 'NAME' }], paid: 'PAID' },
      labels: ['LABELS'],
      other: [{ x: 'X' }],
    };
    expect(sample(properties, used, { required: [] })).toEqual({
      order: { lines: [{ price: 1, due: '2027-01-31', name: 'NAME' }], paid: true },
      labels: { KEY: 1 },
      other: [{ x: 'X' }],
    });
    expect(sample({ a: { type: 'number' } }, { b: 'B' }, { additionalProperties: false })).toEqual({ a: 1 });
  });

  test('of branches, those are taken that go together', () => {
    const email = { required: ['mail'], properties: { kind: { const: 'mail' }, mail: { type: 'string' } } };
    const phone = { required: ['phone'], properties: { kind: { const: 'phone' }, phone: { type: 'string' } } };
    const over = {
      oneOf: [
        { type: 'object', required: ['kind'], properties: { kind: { const: 'no' } }, maxProperties: 0 },
        email,
        phone,
      ],
    };
    expect(sample({ kind: { type: 'string' } }, {}, over)).toMatchObject({ kind: expect.any(String) });
  });
});

test.each([
  ['^[0-9]{6}$', '000000'],
  ['^[A-Z]{2}-\\d{3,5}$', 'AA-000'],
  ['^(?:DK|SE)\\d+$', 'DK0'],
  ['^https://[^/]+/x\\?a=.*$', 'https://A/x?a=A'],
  ['^(a|b(c|d)){2}e?$', 'aae'],
  ['\\bfoo\\b', 'foo'],
  ['^[^A-Z]+$', '0'],
  ['^[\\w.]{3}$', 'AAA'],
  ['^\\p{L}+$', 'A'],
  ['^(?P<year>\\d{4})-(?P<month>\\d{2})$', '0000-00'],
  ['^$', ''],
])('a pattern has a sample: %s', (pattern, wanted) => expect(sampleOfPattern(pattern)).toBe(wanted));

test('whatever the pattern, it ends, and gives what the pattern finds or nothing', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from('ab0^$.[](){}|*+?\\-,:<>P1d')), maxLength: 30 }),
      (pattern) => {
        const result = compileContextSchema({ type: 'object', properties: { a: { type: 'string', pattern } } });
        if (!result.ok) return;
        const found = sampleOfPattern(pattern);
        if (found !== undefined) expect(result.compiled.check({ a: found }).ok).toBe(true);
      },
    ),
    { numRuns: 2_000 },
  );
});
