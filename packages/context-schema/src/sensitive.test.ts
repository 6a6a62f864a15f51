import { expect, test } from '@jest/globals';
import { MASK, mask, sensitiveIn } from './index.ts';

test('a schema marks what is sensitive, through lists, definitions and branches', () => {
  const secret = { type: 'string', 'x-sensitive': true };
  expect(
    sensitiveIn({
      type: 'object',
      properties: {
        code: secret,
        items: { type: 'array', items: { properties: { token: secret } } },
        links: { additionalProperties: secret },
        person: { $ref: '#/$defs/person' },
        either: { anyOf: [{ properties: { pin: secret } }, {}] },
      },
      $defs: { person: { properties: { ssn: secret } } },
    }),
  ).toEqual(['code', 'either.pin', 'items.token', 'links.*', 'person.ssn']);
});

test('what is sensitive is masked at and below its path, and the rest is left alone', () => {
  const values = {
    code: '493817',
    pin: 1234,
    yes: true,
    no: false,
    zero: 0,
    none: null,
    empty: '',
    items: [{ token: 'a', name: 'A' }, { token: 'b' }],
    card: { number: '4111', owner: { name: 'Ada' }, ends: ['1', '2'] },
    links: { da: 'x', en: 'y' },
    plain: 'seen',
  };
  const before = structuredClone(values);
  const paths = [
    'code',
    'pin',
    'yes',
    'no',
    'zero',
    'none',
    'empty',
    'items.token',
    'card',
    'links.*',
    'absent.too',
    'plain.x',
  ];
  expect(mask(values, paths)).toEqual({
    code: MASK,
    pin: MASK,
    yes: MASK,
    no: MASK,
    zero: MASK,
    none: null,
    empty: '',
    items: [{ token: MASK, name: 'A' }, { token: MASK }],
    card: { number: MASK, owner: { name: MASK }, ends: [MASK, MASK] },
    links: { da: MASK, en: MASK },
    plain: 'seen',
  });
  expect(values).toEqual(before);
});
