import type { NewRecord } from '../port.ts';
import type { Columns } from './wire.ts';

export function toColumns(records: readonly NewRecord[]): Columns {
  const keys: string[] = [];
  const headers: string[] = [];
  const lengths: number[] = [];
  let bytes = 0;
  for (const record of records) {
    keys.push(record.key);
    headers.push(JSON.stringify(record.headers));
    lengths.push(record.value.byteLength);
    bytes += record.value.byteLength;
  }
  // A buffer of exactly this size: a slice of a pool would be copied to the thread with the whole pool.
  const values = new Uint8Array(bytes);
  let at = 0;
  for (const { value } of records) {
    values.set(value, at);
    at += value.byteLength;
  }
  return { keys, headers, lengths, values };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `toColumns`
export const parseHeaders = (text: string): Record<string, string> => JSON.parse(text) as Record<string, string>;
