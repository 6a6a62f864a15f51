import { expect, test } from '@jest/globals';
import { scanTags, tooMuch } from './scan.ts';

const texts = (source: string): string[] => scanTags(source).tags.map(({ text }) => text);

test('tags end where their braces do, not inside of quotes, brackets and long comments', () => {
  expect(texts('a {{x}} b {{{y}}} {{lookup a "}}"}}{{a.[}}].b}} {{! c }} {{!-- }} -- {{z}} --~}}{{~#if q~}}')).toEqual([
    '{{x}}',
    '{{{y}}}',
    '{{lookup a "}}"}}',
    '{{a.[}}].b}}',
    '{{! c }}',
    '{{!-- }} -- {{z}} --~}}',
    '{{~#if q~}}',
  ]);
  expect(texts('no tags } {')).toEqual([]);
});

test('a tag without an end is told by its place', () => {
  expect(scanTags('{{a}} {{b')).toMatchObject({ unclosed: 6 });
  expect(scanTags('{{a "}}').unclosed).toBe(0);
  expect(scanTags('{{!-- }}').unclosed).toBe(0);
});

test('depth is counted as the parser will nest it', () => {
  const excess = (source: string) => tooMuch(scanTags(source).tags);
  const deep = { at: 32 * '{{#if a}}'.length, message: 'nested more than 32 deep' };
  expect(excess(`${'{{#if a}}'.repeat(32)}${'{{/if}}'.repeat(32)}`)).toBeUndefined();
  expect(excess('{{#if a}}'.repeat(33))).toEqual(deep);
  expect(excess('{{#if a}}{{else if b}}{{else}}{{/if}}'.repeat(100))).toBeUndefined();
  expect(excess(`{{#if a}}${'{{else if b}}'.repeat(32)}`)).toMatchObject({ message: deep.message });
  expect(excess(`{{lookup ${'(lookup a '.repeat(33)}}}`)).toMatchObject({ at: 0, message: deep.message });
});
