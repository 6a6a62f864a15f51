import { expect, test } from '@jest/globals';
import { readCsv } from './csv.ts';

const read = (text: string): (readonly [number, ...string[]])[] =>
  [...readCsv(text)].map(({ line, fields }) => [line, ...fields]);

test('records have their fields, trimmed, and the line where they begin', () => {
  expect(read('\uFEFFTYPE,VALUE\r\nEMAIL, a@b.example \r\n\r\n,,\nDOMAIN,b.example')).toEqual([
    [1, 'TYPE', 'VALUE'],
    [2, 'EMAIL', 'a@b.example'],
    [5, 'DOMAIN', 'b.example'],
  ]);
  expect(read('')).toEqual([]);
  expect(read('\n\n')).toEqual([]);
});

test('quotes keep commas, line ends and quotes', () => {
  expect(read('a,"b,""c""\nd",e\n"f" ,g"h\n"never closed,\n')).toEqual([
    [1, 'a', 'b,"c"\nd', 'e'],
    [3, 'f', 'g"h'],
    [4, 'never closed,'],
  ]);
});
