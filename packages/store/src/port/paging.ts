/**
 * A page of a listing: pass `next` back as `cursor`; absent at the end. Cursors are opaque, and go on working while
 * things are added or removed. A cursor that did not come from here is refused with `RangeError('cursor')`, a limit below
 * 1 with `RangeError('limit')`: both are a caller's input.
 */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}
