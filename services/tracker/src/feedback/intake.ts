import type { NewRecord } from '@herald/bus';
import type { Report } from '@herald/channels/feedback';
import { encodeNotice, NOTICES_TOPIC, type FeedbackTaken, type Notice, type Tenant } from '@herald/contracts';
import { gather } from '@herald/pipeline';
import type { ServiceDeps } from '@herald/service-kit';
import { findSent, type Sent } from './sent.ts';

/** A report of which it is known which message it is about. */
export interface Told {
  readonly report: Report;
  readonly messageId: string;
  /** Milliseconds since the epoch. Absent: now. */
  readonly at?: number;
  /** The provider's own id of what it tells, so that a repeat is known. Absent: one of each kind and type per message. */
  readonly id?: string;
}

/** Who tells it, and of what they may speak. */
export interface Teller {
  /** How it came, for the metrics: bounded in number. */
  readonly way: string;
  /** Of the messages of one sandbox only. */
  readonly tenant?: Tenant;
  /** Of the messages that this provider was called for only. Absent: of all on `channel`. */
  readonly provider?: string;
  readonly channel?: Sent['channel'];
}

export interface Intake {
  /**
   * Publishes what is told of messages that the teller may speak of; the rest is counted and dropped. It resolves when all
   * of it is durable. Throws `Outage`.
   */
  take(teller: Teller, told: readonly Told[]): Promise<FeedbackTaken>;
  /** Counts what is no evidence of anything. */
  drop(teller: Teller, why: 'unknown' | 'not-evidence' | 'refused', count?: number): void;
}

export function createIntake({
  pipeline,
  runtime,
  metrics,
}: Pick<ServiceDeps, 'pipeline' | 'runtime' | 'metrics'>): Intake {
  const { bus, store } = pipeline;
  // Providers call once per message: calls that come together share a read and a write.
  const find = gather((ids: readonly string[]) => findSent(store, ids), { maxItems: 500 });
  const publish = gather<NewRecord, void>(
    async (records) => {
      await bus.publish(records);
      return records.map(() => undefined);
    },
    { maxItems: 500 },
  );

  const drop: Intake['drop'] = ({ way }, why, count = 1) => {
    for (let n = 0; n < count; n += 1) metrics.feedbackReceived(way, why);
  };

  return {
    drop,
    async take(teller, told) {
      const now = runtime.clock.now();
      const found = await Promise.all(told.map(({ messageId }) => find(messageId)));
      const notices = told.flatMap((one, place) => {
        const sent = found[place];
        return sent !== undefined && mayTell(teller, sent) ? [noticeOf(teller, one, sent, now)] : [];
      });
      await Promise.all(notices.map((notice) => publish({ topic: NOTICES_TOPIC, ...encodeNotice(notice) })));
      for (const _ of notices) metrics.feedbackReceived(teller.way, 'taken');
      const dropped = told.length - notices.length;
      drop(teller, 'unknown', dropped);
      return { taken: notices.length, dropped };
    },
  };
}

const mayTell = ({ tenant, provider, channel }: Teller, sent: Sent): boolean =>
  (tenant === undefined || (tenant.org === sent.org && tenant.sandbox === sent.sandbox)) &&
  (provider === undefined || sent.providers.includes(provider)) &&
  (channel === undefined || channel === sent.channel);

function noticeOf(teller: Teller, told: Told, sent: Sent, now: number): Notice {
  const { report, messageId, at = now, id } = told;
  const { kind, reason, bounce, detail } = report;
  const provider = teller.provider ?? sent.providers.at(-1) ?? '';
  const { org, sandbox, executionId, campaignId, channel } = sent;
  return {
    org,
    sandbox,
    executionId,
    campaignId,
    channel,
    messageId,
    provider,
    id:
      id === undefined
        ? `${provider}/${messageId}/${kind}${bounce === undefined ? '' : `/${bounce}`}`
        : `${provider}/${id}`,
    type: `message.${kind}`,
    // What has not happened yet would keep what happens next from counting.
    at: Math.min(at, now),
    ...(reason === undefined ? {} : { reason }),
    ...(bounce === undefined ? {} : { bounce }),
    ...(detail === undefined ? {} : { detail }),
  };
}
