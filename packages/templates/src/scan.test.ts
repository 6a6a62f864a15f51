import { expect, test } from '@jest/globals';
import { scanTags } from './scan.ts';

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
