/** SQLite's primary result codes that decide what happens next. */
const NOMEM = 7;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const PROTOCOL = 15;
const NOTADB = 26;
const BUSY = 5;

const primaryCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;

export const isFull = (error: unknown): boolean => primaryCode(error) === FULL;
export const isBusy = (error: unknown): boolean => primaryCode(error) === BUSY;
export const isDamaged = (error: unknown): boolean => [CORRUPT, NOTADB].includes(primaryCode(error) ?? -1);

/** After one of these nothing that the connection says can be relied on. */
export const isFatal = (error: unknown): boolean =>
  [NOMEM, READONLY, IOERR, CORRUPT, CANTOPEN, PROTOCOL, NOTADB].includes(primaryCode(error) ?? -1);

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
