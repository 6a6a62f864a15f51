interface Slot {
  readonly offset: number;
  acknowledged: boolean;
}

/** A partition in the hands of one member, from when it was given to it until it is taken away. */
export interface Assignment<P> {
  readonly partition: P;
  /** The offset to hand over next. */
  readonly next: () => number;
  /** Records handed over since the acknowledged prefix ended, acknowledged or not. */
  readonly ahead: () => number;
  /** A record was handed over. The function that is returned acknowledges it; only the first call counts. */
  hand(offset: number): () => void;
  /** Records before this offset are no longer on the log. */
  skipTo(offset: number): void;
  /** Taken away: from here on nothing that is acknowledged moves the prefix. */
  revoke(): void;
  readonly live: () => boolean;
  /** Milliseconds since the epoch before which the next record is not due; 0 when that is not known. */
  dueAt: number;
}

/**
 * Keeps what was handed over in order, so that an acknowledgement costs the same however far it is from the prefix.
 * `onPrefix` is told the offset after the contiguous acknowledged prefix whenever it has moved.
 */
export function createAssignment<P>(partition: P, from: number, onPrefix: (next: number) => void): Assignment<P> {
  let slots: Slot[] = [];
  let head = 0;
  let next = from;
  let live = true;

  const advance = (): void => {
    if (!live) return;
    while (slots[head]?.acknowledged === true) head += 1;
    onPrefix(slots[head]?.offset ?? next);
    if (head > 1024 && head * 2 > slots.length) {
      slots = slots.slice(head);
      head = 0;
    }
  };

  return {
    partition,
    next: () => next,
    ahead: () => slots.length - head,
    hand: (offset) => {
      const slot: Slot = { offset, acknowledged: false };
      slots.push(slot);
      next = offset + 1;
      return () => {
        slot.acknowledged = true;
        if (slots[head] === slot) advance();
      };
    },
    skipTo: (offset) => {
      next = offset;
      if (head === slots.length) advance();
    },
    revoke: () => {
      live = false;
    },
    live: () => live,
    dueAt: 0,
  };
}
