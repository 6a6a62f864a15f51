import { isOutage, type Clock, type ImportLine } from '@herald/contracts';
import { parseWith, readLines, type Call } from '@herald/service-kit';
import type { z } from 'zod';

/** What is wrong with a line; never what stands there. */
export interface LineProblem {
  readonly field: string;
  readonly message: string;
}

export interface Import<Parsed, Item> {
  readonly request: Call['request'];
  readonly clock: Clock;
  /** Of one line. */
  readonly schema: z.ZodType<Parsed>;
  readonly limitBytes: number;
  /** What the schema cannot say, and what is to be written. */
  readonly check: (line: Parsed) => { readonly item: Item } | LineProblem;
  /** Writes a batch; says of each item what kept it from being written, or nothing. */
  readonly write: (items: readonly Item[]) => Promise<readonly (LineProblem | undefined)[]>;
}

/** What is gathered before it is written: a few milliseconds of the store's time. */
const BATCH_ITEMS = 200;
const BATCH_BYTES = 1_000_000;
const PROGRESS_EVERY_MS = 1_000;
/** Also what an answer that nobody reads yet may take of the memory: a megabyte or two. */
const ERRORS_SHOWN = 10_000;

/**
 * Reads lines and writes them in batches, one after the other, so that a file of any size needs the memory of one batch
 * and comes as fast as it can be written. When the store stops answering, the result says so; whatever it counts as
 * written is on disk, and the same file may be imported again.
 */
export async function* importLines<Parsed, Item>(options: Import<Parsed, Item>): AsyncGenerator<ImportLine> {
  const { request, clock, schema, limitBytes, check, write } = options;
  let [lines, written, failed, bytes] = [0, 0, 0, 0];
  let batch: { readonly line: number; readonly item: Item }[] = [];
  let shownAt = clock.now();
  const wrong = ({ field, message }: LineProblem, line: number): ImportLine[] => {
    failed += 1;
    return failed > ERRORS_SHOWN ? [] : [{ type: 'error', line, field: field === 'body' ? 'line' : field, message }];
  };
  const flush = async (): Promise<ImportLine[]> => {
    const items = batch;
    batch = [];
    bytes = 0;
    if (items.length === 0) return [];
    const problems = await write(items.map(({ item }) => item));
    written += problems.filter((problem) => problem === undefined).length;
    const errors = problems.flatMap((problem, index) =>
      problem === undefined ? [] : wrong(problem, items[index]?.line ?? 0),
    );
    if (clock.now() - shownAt < PROGRESS_EVERY_MS) return errors;
    shownAt = clock.now();
    return [...errors, { type: 'progress', lines, written, failed }];
  };
  const result = (complete: boolean): ImportLine => {
    const errorsNotShown = Math.max(0, failed - ERRORS_SHOWN);
    return { type: 'result', complete, lines, written, failed, errorsNotShown };
  };

  try {
    for await (const line of readLines(request, limitBytes)) {
      lines = line.number;
      if ('wrong' in line) {
        yield* wrong({ field: 'line', message: line.wrong }, line.number);
        continue;
      }
      const parsed = parseWith(schema, line.value);
      const checked = parsed.ok ? check(parsed.value) : parsed;
      if (!('item' in checked)) {
        yield* wrong(checked, line.number);
        continue;
      }
      batch.push({ line: line.number, item: checked.item });
      bytes += line.bytes;
      if (batch.length >= BATCH_ITEMS || bytes >= BATCH_BYTES) yield* await flush();
    }
    yield* await flush();
    yield result(true);
  } catch (error) {
    // While nothing was said or done yet, an outage has an answer of its own.
    if (!isOutage(error) || written + failed === 0) throw error;
    yield result(false);
  }
}
