import { TEMPLATE_LIMITS } from './limits.ts';

/** Ends a rendering that would cost too much; never leaves this package. */
export class LimitError extends Error {
  readonly reason: 'output-too-large' | 'too-many-iterations';
  /** What is too large, where it is not the part that is being rendered. */
  readonly what: string | undefined;

  constructor(reason: LimitError['reason'], what?: string) {
    super(reason);
    this.reason = reason;
    this.what = what;
  }
}

/** Ends a rendering that needs a value that is not there. `path` is the attribute's, never a value. */
export class MissingError extends Error {
  readonly path: string;

  constructor(path: string) {
    super('missing-attribute');
    this.path = path;
  }
}

/** What the rendering of one part has used up. Rendering is synchronous, so one at a time is enough. */
const used = { printed: 0, iterations: 0, work: 0, missingEnds: false };

export function startRendering(missingEnds: boolean): void {
  used.printed = 0;
  used.iterations = 0;
  used.work = 0;
  used.missingEnds = missingEnds;
}

export const missingEndsRendering = (): boolean => used.missingEnds;

export function chargePrinted(length: number): void {
  used.printed += length;
  if (used.printed > TEMPLATE_LIMITS.outputBytes) throw new LimitError('output-too-large');
}

/** One pass of a loop over so many values and blocks. */
export function chargeIteration(weight: number): void {
  if (++used.iterations > TEMPLATE_LIMITS.iterations) throw new LimitError('too-many-iterations');
  chargeWork(weight);
}

/** To be called before the work is done. */
export function chargeWork(units: number): void {
  used.work += units;
  if (used.work > TEMPLATE_LIMITS.work) throw new LimitError('too-many-iterations');
}
