import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const ROOT = new URL('../../', import.meta.url);
const text = readFileSync(new URL('docs/requirements.md', ROOT), 'utf8');
const rows = text.split('\n').filter((line) => /^\| R\d+ /.test(line));

/** `test/a/{b,c}.test.ts: name of a test…; test/d.test.ts`: a name may end in an ellipsis, several stand between slashes. */
const proofsOf = (row: string) =>
  (row.split('|')[4] ?? '').split(/;(?=\s*\w+\/)/).flatMap((proof) => {
    const [, files = '', name = ''] = /^\s*(\S+\.ts)(?::\s*(.*?))?\s*$/.exec(proof) ?? [];
    const [, before = files, several, after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(files) ?? [];
    return (several?.split(',') ?? ['']).map((one) => ({ file: before + one + after, name }));
  });

test('every requirement has a row, in order', () => {
  expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual(Array.from({ length: 40 }, (_, n) => `R${n + 1}`));
});

test.each(rows.map((row) => [row.split('|')[1]?.trim() ?? '', row]))('what proves %s is there', (_, row) => {
  const proofs = proofsOf(row);
  expect(proofs).not.toEqual([]);
  for (const { file, name } of proofs) {
    const there = existsSync(new URL(file, ROOT)) ? readFileSync(new URL(file, ROOT), 'utf8') : '';
    expect([file, there.length > 0]).toEqual([file, true]);
    for (const part of name.split(/ \/ |; /)) expect(flat(there)).toContain(flat(part.replace(/…$/, '')));
  }
});

/** However a name is quoted and broken into lines in its file. */
const flat = (words: string): string => words.replaceAll(/[\s'"`’\\]+/g, ' ');
