import type { OpenErrorCode } from './open-error.ts';

/** What the thread is started with. */
export interface ThreadData {
  readonly file: string;
  /** URLs of module files. */
  readonly modules: readonly string[];
  readonly maxBytes?: number;
}

export type Call = readonly [operation: string, args: unknown];

/** To the thread: everything that waits, as one transaction. */
export type Request =
  | { readonly kind: 'group'; readonly calls: readonly Call[] }
  | { readonly kind: 'backup'; readonly file: string }
  | { readonly kind: 'close' };

export type CallOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly full: boolean; readonly message: string };

/** From the thread. Messages hold no values: SQLite's own texts name tables and columns only. */
export type Reply =
  | { readonly kind: 'open' }
  | { readonly kind: 'refused'; readonly code: OpenErrorCode; readonly message: string }
  | { readonly kind: 'group'; readonly outcomes: readonly CallOutcome[] }
  | { readonly kind: 'backup'; readonly error?: string }
  | { readonly kind: 'broken'; readonly message: string }
  | { readonly kind: 'closed' };

/** The thread's own operation, beside those of the modules. */
export const STATS_OPERATION = 'sqlite.stats';
export const USAGE_OPERATION = 'sqlite.usage';
