import type { Channel, Destination, RenderedOf, SurfaceOf } from '@herald/contracts';

/** What one call of a provider came to. `code` is a coded reason; `detail` a reply code such as `550 5.1.1`. */
export type Reply =
  | { readonly kind: 'accepted'; readonly providerMessageId: string; readonly detail?: string }
  /** Try again later; `retryAfterMs` is the provider's own word. Nothing was accepted. */
  | { readonly kind: 'transient'; readonly code: string; readonly detail?: string; readonly retryAfterMs?: number }
  /** Trying again cannot help. Nothing was accepted. */
  | { readonly kind: 'permanent'; readonly code: string; readonly detail?: string }
  /** The last byte was handed over and no answer was seen: it may have been accepted. */
  | { readonly kind: 'unknown'; readonly code: string; readonly detail?: string };

export interface Outgoing<C extends Channel> extends Destination {
  /** Stays the same over all attempts, so that a receiver can recognise a repeat. */
  readonly messageId: string;
  readonly content: RenderedOf<C>;
  readonly surface: SurfaceOf<C>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Past it nobody wants the message any more; milliseconds since the epoch. */
  readonly deadline: number;
}

/**
 * A provider of one channel: an account at some server that takes messages. `send` never rejects and always settles:
 * its own timeout is shorter than a claim's lease. `capacity` is how many calls it can have under way.
 */
export interface Provider<C extends Channel = Channel> {
  readonly name: string;
  readonly capacity: number;
  /**
   * Where each recipient names a server of their own: which one; undefined for an address that names none. That one of
   * them fails says nothing of the others.
   */
  readonly serverOf?: (address: string) => string | undefined;
  /** Its connections, where they stay open between calls and the server counts them. */
  readonly connections?: {
    /** How many there are, idle ones and those under way included. */
    open(): number;
    /** No more than so many from now on; idle ones beyond it are closed. */
    limit(most: number): void;
  };
  send(outgoing: Outgoing<C>): Promise<Reply>;
  close(): Promise<void>;
}
