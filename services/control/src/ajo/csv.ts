/** A record of a CSV file; `line`: the line of the file on which it begins, from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * The records of a CSV file (RFC 4180): fields in quotes may hold commas, line ends and doubled quotes. Blank lines are
 * none; a quote that is never closed reaches to the end.
 */
export function* readCsv(text: string): Generator<CsvRecord> {
  let [line, start] = [1, 1];
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  // A mark at the beginning says which encoding it is, and is no part of it.
  for (let at = text.startsWith('\uFEFF') ? 1 : 0; at <= text.length; at += 1) {
    const char = text[at] ?? '\n';
    if (quoted && at < text.length) {
      if (char === '"' && text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else if (char === '"') quoted = false;
      else {
        field += char;
        if (char === '\n') line += 1;
      }
    } else if (char === '"' && field.trim() === '') {
      field = '';
      quoted = true;
    } else if (char === ',') {
      fields.push(field);
      field = '';
    } else if (char === '\n') {
      fields.push(field);
      if (fields.some((one) => one.trim() !== '')) yield { line: start, fields: fields.map((one) => one.trim()) };
      [fields, field] = [[], ''];
      line += 1;
      start = line;
    } else field += char;
  }
}
