import { CHANNELS, ladderTopic, workTopic, type Channel, type Lane } from '@herald/contracts';
import { groupOf, type Pipeline } from '@herald/pipeline';

/** Records of each partition of a rung that are looked at, spread evenly over what waits there. */
const SAMPLES = 8;

const none = (): Record<Channel, number> => ({ email: 0, sms: 0, push: 0 });

/**
 * How many messages of a lane are on their way, by channel: before each stage, and on the ladder. A rung is shared by the
 * channels of its lane, so some of its records are read to tell whose they are. That is done only where it can make a
 * difference to `limit`; a channel that has nothing on the ladder is never held to account for it.
 */
export function createBacklogs({
  bus,
  settings,
}: Pick<Pipeline, 'bus'> & { readonly settings: Pick<Pipeline['settings'], 'ladderMs'> }): (
  lane: Lane,
  limit: number,
) => Promise<Readonly<Record<Channel, number>>> {
  async function before(lane: Lane, channel: Channel): Promise<number> {
    const queues = [
      [groupOf('profile', lane, channel), workTopic(lane, channel, 'requested')],
      [groupOf('render', lane, channel), workTopic(lane, channel, 'resolved')],
      [groupOf(`sender-${channel}`, lane, channel), workTopic(lane, channel, 'rendered')],
    ] as const;
    let sum = 0;
    for (const [group, topic] of queues) sum += (await bus.lag(group, [topic])).get(topic) ?? 0;
    return sum;
  }

  /** Whose the records of a rung are, from a few of them. */
  async function shareOf(topic: string, group: string): Promise<Readonly<Record<Channel, number>>> {
    const counts = none();
    for (const { partition, from, to } of await bus.backlog(group, topic)) {
      const length = to - from;
      const seen = none();
      const samples = Math.min(SAMPLES, length);
      let read = 0;
      for (let nth = 0; nth < samples; nth += 1) {
        const offset = from + Math.floor(((nth + 0.5) * length) / samples);
        const record = await bus.read({ topic, partition, offset });
        if (record === undefined) continue;
        read += 1;
        // Deliveries of webhooks wait there as well, and are no channel's.
        const channel = CHANNELS.find((one) => record.headers['origin-topic']?.includes(`.${one}.`));
        if (channel !== undefined) seen[channel] += 1;
      }
      for (const channel of CHANNELS) counts[channel] += read === 0 ? 0 : Math.round((seen[channel] * length) / read);
    }
    return counts;
  }

  return async (lane, limit) => {
    const waiting = none();
    for (const channel of CHANNELS) waiting[channel] = await before(lane, channel);
    const group = `herald.scheduler.${lane}`;
    const rungs = settings.ladderMs.map((delayMs) => ladderTopic(lane, delayMs));
    const lags = await bus.lag(group, rungs);
    const onLadder = [...lags.values()].reduce((sum, lag) => sum + lag, 0);
    if (CHANNELS.every((channel) => waiting[channel] + onLadder <= limit)) return waiting;
    for (const rung of rungs) {
      // What is too little to matter is not read.
      if ((lags.get(rung) ?? 0) * rungs.length * 10 < limit) continue;
      const share = await shareOf(rung, group);
      for (const channel of CHANNELS) waiting[channel] += share[channel];
    }
    return waiting;
  };
}
