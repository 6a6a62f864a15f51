import { randomBytes } from 'node:crypto';
import type { Models } from './models.ts';

export interface Revision {
  read(): Promise<number>;
  /**
   * Makes a change of the configuration, after which the revision grows; `changed` says of its answer whether anything
   * did change.
   */
  change<T>(write: () => Promise<T>, changed: (answer: T) => boolean): Promise<T>;
}

export const REVISION = 'revision';

/**
 * Change and revision are two writes, and a process can end in between: readers would keep what they have for ever. So
 * each change is noted as pending before it is made, and the note goes away with the growth of the revision, in one
 * write. A note that a reader has seen for longer than any change takes was left by somebody who is gone: the reader
 * takes it away in the same manner. Readers measure with their own clock, so no clocks are compared.
 */
export function createRevision({ settings }: Models, changeTakesMs: number): Revision {
  const seen = new Map<string, number>();

  async function end(mark: string, grow: boolean): Promise<void> {
    const pending = `pending.${mark}`;
    // Whoever comes second finds nothing: a change is counted once.
    await settings.updateOne(
      { _id: REVISION, [pending]: 1 },
      { $unset: { [pending]: 1 }, ...(grow ? { $inc: { revision: 1 } } : {}) },
    );
  }

  async function endAbandoned(marks: readonly string[]): Promise<void> {
    const now = performance.now();
    for (const mark of seen.keys()) if (!marks.includes(mark)) seen.delete(mark);
    for (const mark of marks) {
      const since = seen.get(mark) ?? now;
      seen.set(mark, since);
      if (now - since > changeTakesMs) await end(mark, true);
    }
  }

  return {
    read: async () => {
      const found = await settings.findById(REVISION).lean();
      await endAbandoned(Object.keys(found?.pending ?? {}));
      return found?.revision ?? 0;
    },
    change: async (write, changed) => {
      const mark = randomBytes(8).toString('hex');
      await settings.updateOne({ _id: REVISION }, { $set: { [`pending.${mark}`]: 1 } });
      let answer;
      try {
        answer = await write();
      } catch (error) {
        // It may have been made all the same. If this fails too, a reader ends it.
        await end(mark, true).catch(() => undefined);
        throw error;
      }
      await end(mark, changed(answer));
      return answer;
    },
  };
}
