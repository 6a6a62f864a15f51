import { isOutage } from '@herald/contracts';
import type { Message } from '@herald/pipeline';
import type { ServiceDeps } from './service.ts';

/**
 * Takes a device off the profile whose message came back because the device is gone: the next message goes to another one.
 * It delays nothing, and what is lost in a crash the next push to that device finds out again.
 */
export function createForgetDevice({
  pipeline: { store, patience },
  log,
}: Pick<ServiceDeps, 'pipeline' | 'log'>): (message: Message<'message.rendered.v1'>) => void {
  return ({ meta: { org, sandbox, messageId }, body: { identity, address } }) => {
    if (identity === undefined) return;
    const change = { withoutDevice: address, limit: Number.MAX_SAFE_INTEGER };
    patience
      .persist(() => store.profiles.change({ org, sandbox, ...identity }, change))
      .catch((error: unknown) => {
        if (!isOutage(error)) log.error({ err: error, messageId }, 'a device could not be taken off its profile');
      });
  };
}
