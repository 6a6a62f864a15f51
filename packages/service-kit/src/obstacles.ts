import type { Channel } from '@herald/contracts';
import { gather, type Message, type Pipeline } from '@herald/pipeline';
import type { Ending, Obstacle, ObstacleQuestion } from '@herald/store';

type Rendered = Message<'message.rendered.v1'>;
type Refused = Pick<Ending, 'reason' | 'detail'>;

/**
 * Asks the suppression list and the marks of erasures about a message, for every kind of recipient: by its final address,
 * and by the identity that it was addressed to, whose hash is the message's key. One read for a whole batch.
 */
export function createObstacleCheck(
  { store, patience }: Pick<Pipeline, 'store' | 'patience'>,
  hashOf: (message: Rendered) => string,
  channel: Channel,
): (message: Rendered) => Promise<Refused | undefined> {
  const check = gather(
    (questions: readonly ObstacleQuestion[]) => patience.persist(() => store.suppressions.check(questions)),
    { maxItems: 500 },
  );
  return async (message) => {
    const { org, sandbox, key } = message.meta;
    const { address, times } = message.body;
    const tenant = { org, sandbox };
    const hash = hashOf(message);
    const erasure = { marks: [key, hash], acceptedAt: times.accepted };
    const obstacle = await check({ ...tenant, channel, address, hash, erasure });
    return obstacle && refusalOf(obstacle);
  };
}

const refusalOf = (obstacle: Obstacle): Refused =>
  obstacle.kind === 'erased' ? { reason: 'erased' } : { reason: 'suppressed', detail: obstacle.by };
