import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const ROOT = new URL('../../', import.meta.url);
const text = readFileSync(new URL('docs/requirements.md', ROOT), 'utf8');
const rows = text.split('\n').filter((line) => /^\| R\d+ /.test(line));

/** `test/a.test.ts: a title / another…; test/b.test.ts: a title`: one may be cut short with an ellipsis. */
const proofsOf = (row: string) =>
  (row.split('|')[4] ?? '').split(/;(?=\s*\w+\/)/).map((proof) => {
    const [, file = proof, titles = ''] = /^\s*(\S+\.ts)(?::\s*(.*?))?\s*$/.exec(proof) ?? [];
    return { file, titles: titles.split(' / ') };
  });

/** What is said first to whatever runs a test or holds several, with its rows before it where there are some. */
const TITLE =
  /(?<![.\w])(?:test|describe|testWithPorts|testInOneProcess)(?:\.each\([^]*?\))?\(\s*(['"`])([^]*?)(?<!\\)\1/g;
const titlesIn = (file: string): string[] => {
  const url = new URL(file, ROOT);
  const source = existsSync(url) ? readFileSync(url, 'utf8') : '';
  return [...source.matchAll(TITLE)].map(([, , title = '']) => flat(title));
};

test('every requirement has a row, in order', () => {
  expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual(Array.from({ length: 40 }, (_, n) => `R${n + 1}`));
});

test.each(rows.map((row) => [row.split('|')[1]?.trim() ?? '', row]))('what proves %s is there', (_, row) => {
  for (const { file, titles } of proofsOf(row)) {
    const there = titlesIn(file);
    for (const title of titles) {
      const named = flat(title.replace(/…$/, ''));
      // Of a file alone nobody could tell what in it is meant.
      expect([file, named]).not.toEqual([file, '']);
      expect(there.map((one) => (title.endsWith('…') ? one.slice(0, named.length) : one))).toContain(named);
    }
  }
});

/** However a name is quoted and broken into lines in its file. */
const flat = (words: string): string => words.replaceAll(/[\s'"`’\\]+/g, ' ');
