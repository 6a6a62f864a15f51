/**
 * Rows that are looked for by time have a `seq` that begins with it: ascending by time and then in the order of insertion,
 * so that a range of time is a range of rows. 4,096 fit into a millisecond; what is more goes to the end of all.
 */
const PER_MS = 4_096;

/** The first `seq` of a time, milliseconds since the epoch. */
export const firstSeqAt = (time: number): number => Math.min(Math.max(0, Math.floor(time)) * PER_MS, LAST);
const LAST = Number.MAX_SAFE_INTEGER;

/** The `seq` of a new row of `table`, whose time's first `seq` is the parameter `at`. */
export const nextSeq = (table: string, at: string): string => `(
  SELECT CASE
    WHEN newest.seq IS NULL THEN max(1, ${at})
    WHEN newest.seq + 1 < ${at} + ${PER_MS} THEN newest.seq + 1
    ELSE (SELECT max(seq) + 1 FROM ${table})
  END
  FROM (SELECT max(seq) AS seq FROM ${table} WHERE seq >= ${at} AND seq < ${at} + ${PER_MS}) AS newest)`;

/** The time in an executionId; 0 where it is none of Herald's. */
export function timeIn(executionId: string): number {
  const hex = /-([0-9a-f]{8})-([0-9a-f]{4})-/.exec(executionId);
  return hex === null ? 0 : Number.parseInt(`${hex[1]}${hex[2]}`, 16);
}
