import { describe, expect, test } from '@jest/globals';
import { mergeAttributes, nestAttributes, readAttribute, type Attributes } from './attributes.ts';

const json = (text: string): Attributes => JSON.parse(text) as Attributes;

describe('nested attributes', () => {
  test('come from dotted names, from objects, and from both', () => {
    const nested = { person: { name: { firstName: 'Ada', lastName: 'L' } }, language: 'en' };
    expect(nestAttributes({ 'person.name.firstName': 'Ada', 'person.name.lastName': 'L', language: 'en' })).toEqual(
      nested,
    );
    expect(nestAttributes(nested)).toEqual(nested);
    expect(
      nestAttributes({ person: { 'name.firstName': 'Ada' }, 'person.name': { lastName: 'L' }, language: 'en' }),
    ).toEqual(nested);
  });

  test('keep lists and empty values', () => {
    expect(nestAttributes({ 'a.b': [1, { c: 2 }], d: null, 'e.f': false })).toEqual({
      a: { b: [1, { c: 2 }] },
      d: null,
      e: { f: false },
    });
  });

  test('go to the more specific name, whatever the order', () => {
    const expected = { person: { name: 'Ada' } };
    expect(nestAttributes({ person: 'x', 'person.name': 'Ada' })).toEqual(expected);
    expect(nestAttributes({ 'person.name': 'Ada', person: 'x' })).toEqual(expected);
    expect(nestAttributes({ person: { name: 'x' }, 'person.name': 'Ada' })).toEqual(expected);
  });

  test('do not touch prototypes, nor what they are made from', () => {
    const input = json(
      '{"__proto__":{"a":1},"x.__proto__.b":2,"__proto__.c":3,"y":{"__proto__":{"d":4}},"constructor.prototype.e":5}',
    );
    const before = JSON.stringify(input);
    expect(JSON.stringify(nestAttributes(input))).toBe('{"y":{},"constructor":{"prototype":{"e":5}}}');
    expect(JSON.stringify(input)).toBe(before);
    expect(Object.keys(Object.prototype)).toEqual([]);
    for (const name of ['a', 'b', 'c', 'd', 'e']) expect(name in {}).toBe(false);
    const source = { person: { name: 'x' } };
    nestAttributes({ ...source, 'person.name': 'y' });
    expect(source.person.name).toBe('x');
  });

  test('of hostile depth cost no stack', () => {
    const deep = json(`{"a":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`);
    expect(nestAttributes(deep)).toHaveProperty('a.a.a');
    expect(mergeAttributes(deep, deep)).toHaveProperty('a.a.a');
    expect(nestAttributes({ [Array(5_000).fill('a').join('.')]: 1 })).toHaveProperty('a.a.a');
  });

  test('merge name by name', () => {
    const base = { person: { name: { firstName: 'Ada', lastName: 'L' }, tags: ['a', 'b'] }, x: { y: 1 } };
    const over = { person: { name: { firstName: 'Eve' }, tags: ['c'] }, x: 'z' };
    expect(mergeAttributes(base, over)).toEqual({
      person: { name: { firstName: 'Eve', lastName: 'L' }, tags: ['c'] },
      x: 'z',
    });
    expect(base.person.name.firstName).toBe('Ada');
  });

  test('are read by their path, where there is text', () => {
    const attributes = json('{"personalEmail":{"address":"ada@example.net"},"n":1,"s":"abc"}');
    expect(readAttribute(attributes, 'personalEmail.address')).toBe('ada@example.net');
    for (const path of ['personalEmail', 'n', 's.length', 'missing.x', 'constructor.name', '__proto__.x', '']) {
      expect(readAttribute(attributes, path)).toBeUndefined();
    }
  });
});
