import type { InboxQuery, Received, ReceivedOf } from '@herald/contracts';

type Channel = Received['channel'];
/** What a server knows of a message; the rest is given when it is kept. */
export type Arrival<C extends Channel = Channel> = Omit<ReceivedOf<C>, 'id' | 'receivedAt' | 'channel' | 'envelope'>;

/** The messages of all local servers, in memory. */
export interface Kept {
  /** What `read` gives is asked for only when somebody looks. */
  add<C extends Channel>(channel: C, envelope: Received['envelope'], read: () => Promise<Arrival<C>>): void;
  /** Newest first. */
  list(query: InboxQuery): Promise<Received[]>;
  get(id: string): Promise<Received | undefined>;
  clear(): void;
}

interface Entry {
  readonly id: string;
  readonly channel: Channel;
  readonly to: readonly string[];
  readonly read: () => Promise<Received>;
}

const KEEP_MESSAGES = 500;

/** `now` is milliseconds since the epoch. */
export function createKept(now: () => number): Kept {
  let entries: Entry[] = [];
  let count = 0;
  return {
    add(channel, envelope, read) {
      count += 1;
      const common = { id: String(count), channel, receivedAt: new Date(now()).toISOString(), envelope };
      const whole = async (): Promise<Received> => ({ ...common, ...(await read()) }) as unknown as Received;
      entries.unshift({ id: common.id, channel, to: envelope.to, read: whole });
      entries.length = Math.min(entries.length, KEEP_MESSAGES);
    },
    list({ limit, channel, to }) {
      const wanted = entries.filter(
        (entry) => (channel === undefined || entry.channel === channel) && (to === undefined || entry.to.includes(to)),
      );
      return Promise.all(wanted.slice(0, limit).map(({ read }) => read()));
    },
    get: async (id) => entries.find((entry) => entry.id === id)?.read(),
    clear() {
      entries = [];
    },
  };
}
