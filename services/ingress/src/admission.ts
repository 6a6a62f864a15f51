import { CHANNELS, isOutage, LANES, workTopic } from '@herald/contracts';
import { groupOf } from '@herald/pipeline';
import type { ServiceDeps } from '@herald/service-kit';

/** How much work may wait before new work is refused: ingress is faster than delivery. */
export interface Admission {
  /** Why nothing more is accepted now; undefined: come in. */
  refusal(): string | undefined;
  close(): void;
}

/** The limit is many seconds' work, and each look is a question to the log about every queue. */
const LOOK_EVERY_MS = 2_000;

export function createAdmission({ pipeline, config, runtime, full }: ServiceDeps): Admission {
  const closing = new AbortController();
  let refusal: string | undefined;

  const look = async (): Promise<void> => {
    for (const lane of LANES) {
      for (const channel of CHANNELS) {
        const queues = [
          [groupOf('profile', lane, channel), workTopic(lane, channel, 'requested')],
          [groupOf('render', lane, channel), workTopic(lane, channel, 'resolved')],
        ] as const;
        for (const [group, topic] of queues) {
          const lag = (await pipeline.bus.lag(group, [topic])).get(topic) ?? 0;
          if (lag > config.maxLag) {
            refusal = `${lag} messages are waiting on ${lane} ${channel}; the limit is ${config.maxLag}`;
            return;
          }
        }
      }
    }
    refusal = undefined;
  };

  void (async () => {
    while (!closing.signal.aborted) {
      await look().catch((error: unknown) => {
        if (!isOutage(error)) throw error;
      });
      await runtime.clock.sleep(LOOK_EVERY_MS, closing.signal);
    }
  })();

  return { refusal: () => full() ?? refusal, close: () => closing.abort() };
}
