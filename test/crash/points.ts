import type { Bus, Delivery } from '@herald/bus';
import type { Provider } from '@herald/channels';
import type { Channel } from '@herald/contracts';
import type { StandaloneOptions } from '@herald/standalone';
import type { Store } from '@herald/store';

/** Where a process can die between two of its promises: just before a port is called, and just after it has answered. */
export const STEPS = ['execution-insert', 'publish', 'confirm', 'claim', 'provider', 'result', 'acknowledge'] as const;
export const CRASH_POINTS = STEPS.flatMap((step) => [`before-${step}`, `after-${step}`] as const);
export type CrashPoint = (typeof CRASH_POINTS)[number];

export interface Arming {
  readonly point: CrashPoint | undefined;
  /** Dies at the point as soon as this many messages are in flight. */
  readonly inFlight: number;
  /** Called instead of returning: kills the process without warning. */
  readonly die: (inFlight: number) => never;
}

/** Stands between the roles and their ports, and dies where it was told to. Everything behind it is the real thing. */
export function crashing({ point, inFlight: wanted, die }: Arming): NonNullable<StandaloneOptions['decorate']> {
  let published = 0;
  let ended = 0;

  const pass = (here: CrashPoint): void => {
    if (here === point && published - ended >= wanted) die(published - ended);
  };
  const around = async <T>(step: (typeof STEPS)[number], call: () => Promise<T>): Promise<T> => {
    pass(`before-${step}`);
    const answer = await call();
    pass(`after-${step}`);
    return answer;
  };
  const acknowledging = (delivery: Delivery): Delivery => ({
    ...delivery,
    ack() {
      pass('before-acknowledge');
      delivery.ack();
      pass('after-acknowledge');
    },
  });

  return {
    bus: (bus: Bus): Bus => ({
      ...bus,
      failed: bus.failed,
      async publish(records) {
        const accepted = records.filter(({ topic }) => topic.endsWith('.requested') || topic.endsWith('.resolved'));
        if (accepted.length === 0) return bus.publish(records);
        await around('publish', () => bus.publish(records));
        published += accepted.length;
      },
      consume: (options) =>
        bus.consume({
          ...options,
          onBatch: (batch) =>
            options.onBatch(options.group.startsWith('herald.tracker') ? batch : batch.map(acknowledging)),
        }),
    }),
    store: (store: Store): Store => ({
      ...store,
      failed: store.failed,
      executions: {
        ...store.executions,
        insert: (records) => around('execution-insert', () => store.executions.insert(records)),
        confirm: (ids) => around('confirm', () => store.executions.confirm(ids)),
      },
      ledger: {
        ...store.ledger,
        claim: (entries) => around('claim', () => store.ledger.claim(entries)),
        async settle(entries) {
          const answer = await around('result', () => store.ledger.settle(entries));
          ended += entries.filter(({ outcome }) => outcome.kind === 'final').length;
          return answer;
        },
      },
    }),
    provider: <C extends Channel>(provider: Provider<C>): Provider<C> => ({
      ...provider,
      send: (outgoing) => around('provider', () => provider.send(outgoing)),
      close: () => provider.close(),
    }),
  };
}
