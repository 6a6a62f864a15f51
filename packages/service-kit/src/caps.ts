import type { Channel } from '@herald/contracts';
import { gather, type Message, type Pipeline } from '@herald/pipeline';
import type { CapRequest } from '@herald/store';
import type { Config } from './config.ts';
import type { Hasher } from './hash.ts';

const HOUR_MS = 3_600_000;
/** With the `+`: the country and the block of numbers, which a pumping scheme owns. */
const PREFIX_LENGTH = 8;

/** How long counts are kept. */
const KEPT_MS = 25 * HOUR_MS;

/** The windows whose counts may still be there, as the store knows them. */
export function capWindows(now: number): number[] {
  const newest = now - (now % HOUR_MS);
  return Array.from({ length: KEPT_MS / HOUR_MS + 1 }, (_, hours) => newest - hours * HOUR_MS);
}

type Rendered = Message<'message.rendered.v1'>;
type CapConfig = Pick<Config, 'emailCap' | 'smsCap' | 'pushCap' | 'smsPrefixCap'>;

/**
 * Counts what goes to one address, and to one block of phone numbers, in the hour that is running: so that a form
 * which sends codes cannot be used to flood somebody, or to earn from calls to a block of numbers. True: it is too much.
 */
export function createCapCheck(
  { store, runtime, patience }: Pick<Pipeline, 'store' | 'runtime' | 'patience'>,
  hasher: Hasher,
  hashOf: (message: Rendered) => string,
  config: CapConfig,
  channel: Channel,
): (message: Rendered) => Promise<boolean> {
  const limit = { email: config.emailCap, sms: config.smsCap, push: config.pushCap }[channel];
  const prefixLimit = channel === 'sms' ? config.smsPrefixCap : 0;
  if (limit === 0 && prefixLimit === 0) return async () => false;
  const take = gather((requests: readonly CapRequest[]) => patience.persist(() => store.caps.take(requests)), {
    maxItems: 500,
  });
  return async (message) => {
    const { org, sandbox } = message.meta;
    const now = runtime.clock.now();
    const window = now - (now % HOUR_MS);
    const tenant = { org, sandbox };
    const isGranted = async (key: () => string, most: number): Promise<boolean> =>
      most === 0 || take({ ...tenant, key: key(), window, limit: most });
    const prefix = (): string => hasher.address(tenant, channel, message.body.address.slice(0, PREFIX_LENGTH));
    // One after the other: who floods a number of his own uses up no more of its block than that number may have.
    return !((await isGranted(() => hashOf(message), limit)) && (await isGranted(prefix, prefixLimit)));
  };
}
