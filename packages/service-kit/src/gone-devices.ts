import { isOutage } from '@herald/contracts';
import type { Message, Outcome, Pipeline, Stage } from '@herald/pipeline';
import type { Log } from './log.ts';

type Rendered = Message<'message.rendered.v1'>;

/**
 * A sender that takes push subscriptions off their profiles when the push service says that they are gone. The message is
 * not kept waiting for that: what an outage or a crash prevents is done after the next push to that device.
 */
export function forgettingDevices(
  stage: Stage<'message.rendered.v1'>,
  { store }: Pick<Pipeline, 'store'>,
  log: Log,
): Stage<'message.rendered.v1'> {
  async function forget({ meta: { org, sandbox, messageId }, body }: Rendered): Promise<void> {
    const { subscriber, address: goneEndpoint } = body;
    if (subscriber === undefined) return;
    const { namespace, userId: value } = subscriber;
    try {
      await store.profiles.change({ org, sandbox, namespace, value }, { goneEndpoint, limit: Number.MAX_SAFE_INTEGER });
      log.info({ messageId }, 'push subscription taken off its profile');
    } catch (error) {
      if (!isOutage(error)) log.error({ messageId, err: error }, 'push subscription not taken off its profile');
    }
  }

  const isGone = (outcome: Outcome): boolean =>
    outcome.kind === 'end' && outcome.claim !== undefined && outcome.ending.reason === 'subscription-gone';

  return (batch, ctx) =>
    stage(batch, ctx).map(async (outcome, index) => {
      const decided = await outcome;
      const message = batch[index];
      if (message !== undefined && isGone(decided)) void forget(message);
      return decided;
    });
}
