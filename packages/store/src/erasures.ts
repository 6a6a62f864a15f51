import type { ErasureQuestion } from './port.ts';

/** The mark of an erasure, as it is stored under the HMAC of an identity or an address. */
export interface Mark {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The identity was put again; marks of addresses are from the beginning, for others may have the same address. */
  readonly lifted: boolean;
}

/** Whether a mark keeps a message that was accepted then from being sent. */
export const isErased = (mark: Mark, acceptedAt: number): boolean => !mark.lifted || acceptedAt <= mark.at;

/** Whether any of the marks that were found concerns the message. */
export const isAnyErased = (question: ErasureQuestion | undefined, marks: ReadonlyMap<string, Mark>): boolean =>
  question !== undefined &&
  question.marks.some((name) => {
    const mark = marks.get(name);
    return mark !== undefined && isErased(mark, question.acceptedAt);
  });
