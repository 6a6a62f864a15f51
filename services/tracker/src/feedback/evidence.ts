import type { Delivery } from '@herald/bus';
import { decodeNotice, feedbackKindSchema, hashedEntry, type FeedbackKind, type Notice } from '@herald/contracts';
import type { ServiceDeps } from '@herald/service-kit';
import type { FeedbackRecord, Suppression } from '@herald/store';
import { findSent } from './sent.ts';

type Deps = Pick<ServiceDeps, 'pipeline' | 'runtime' | 'metrics' | 'log'> & {
  readonly config: Pick<ServiceDeps['config'], 'softBounces' | 'softBounceDays'>;
};

const DAY_MS = 86_400_000;

/**
 * Stores what was said of messages beside them, and puts addresses on the suppression list. The list comes first: where
 * a batch breaks off in between it comes again, and what is stored already never touches the list again, however often a
 * provider repeats it and whoever took the address off in between. No state is ever read or written here.
 */
export function createEvidence({ pipeline, runtime, metrics, log, config }: Deps) {
  const { store } = pipeline;

  return async (batch: readonly Delivery[]): Promise<void> => {
    const records = await withAddresses(batch.flatMap((delivery) => recordOf(decodeNotice(delivery))));
    const fresh = await notStored(records);
    const entries = await Promise.all(fresh.map(async (record) => ({ record, entry: await entryFor(record, fresh) })));
    const suppressed = entries.flatMap(({ record, entry }) => (entry === undefined ? [] : [{ record, entry }]));
    for (const group of Map.groupBy(suppressed, ({ record }) => nameOfTenant(record)).values()) {
      const [first] = group;
      if (first === undefined) continue;
      await store.suppressions.addMany(
        first.record,
        group.map(({ entry }) => entry),
      );
    }
    const stored = await store.feedback.insert(fresh);
    // Counted once all of it is stored: an outage makes this batch come here again.
    for (const { record, entry } of suppressed) {
      const { reason } = entry;
      metrics.addressSuppressed(record.channel, reason);
      log.info({ messageId: record.messageId, reason }, 'address suppressed');
    }
    for (const [place, { channel, provider, kind, reason = kind }] of fresh.entries()) {
      if (stored[place]) metrics.feedbackStored(channel, provider, kind, reason);
    }
  };

  async function withAddresses(records: readonly FeedbackRecord[]): Promise<FeedbackRecord[]> {
    const sent = await findSent(
      store,
      records.map(({ messageId }) => messageId),
    );
    return records.map((record, place) => {
      const to = sent[place]?.to;
      return to === undefined ? record : { ...record, to };
    });
  }

  /** Each once, in order. */
  async function notStored(records: readonly FeedbackRecord[]): Promise<FeedbackRecord[]> {
    const fresh = new Map<string, FeedbackRecord>();
    for (const group of Map.groupBy(records, nameOfTenant).values()) {
      const known = await store.feedback.ofMessages(
        group[0] as FeedbackRecord,
        group.map(({ messageId }) => messageId),
      );
      const ids = new Set(known.flat().map(({ id }) => id));
      for (const record of group) {
        const name = `${nameOfTenant(record)} ${record.id}`;
        if (!ids.has(record.id) && !fresh.has(name)) fresh.set(name, record);
      }
    }
    return [...fresh.values()];
  }

  async function entryFor(record: FeedbackRecord, fresh: readonly FeedbackRecord[]): Promise<Suppression | undefined> {
    const { channel, to, kind, bounce, reason } = record;
    if (to === undefined) return undefined;
    const createdAt = new Date(runtime.clock.now()).toISOString();
    const entry = (why: string, source: 'bounce' | 'complaint'): Suppression => ({
      channel,
      address: hashedEntry(to),
      reason: why,
      source,
      createdAt,
    });
    if (kind === 'complained') return entry('complaint', 'complaint');
    if (kind !== 'bounced') return undefined;
    if (bounce === 'hard') return entry(reason === 'unsubscribed' ? reason : 'hard-bounce', 'bounce');
    if (bounce !== 'soft' || config.softBounces === 0) return undefined;
    const since = runtime.clock.now() - config.softBounceDays * DAY_MS;
    const before = await store.feedback.ofAddress(record, channel, to, since);
    const others = fresh.filter(
      (one) =>
        nameOfTenant(one) === nameOfTenant(record) && one.channel === channel && one.to === to && one.at >= since,
    );
    return softlyBounced([...before, ...others]) >= config.softBounces ? entry('soft-bounces', 'bounce') : undefined;
  }
}

/** How many messages to an address bounced softly since the last one that was delivered. */
export function softlyBounced(
  records: readonly Pick<FeedbackRecord, 'messageId' | 'kind' | 'bounce' | 'at'>[],
): number {
  const delivered = Math.max(-Infinity, ...records.flatMap(({ kind, at }) => (kind === 'delivered' ? [at] : [])));
  const bounced = records.filter(({ bounce, at }) => bounce === 'soft' && at > delivered);
  return new Set(bounced.map(({ messageId }) => messageId)).size;
}

const nameOfTenant = ({ org, sandbox }: FeedbackRecord): string => JSON.stringify([org, sandbox]);

/** What a notice says of a message; nothing where it is about something else, or of a later release. */
function recordOf(notice: Notice | undefined): FeedbackRecord[] {
  const kind = kindOf(notice);
  if (notice === undefined || kind === undefined) return [];
  const { org, sandbox, id, messageId, channel, provider, at, reason, bounce, detail } = notice;
  if (messageId === undefined || channel === undefined || provider === undefined) return [];
  return [
    {
      org,
      sandbox,
      id,
      messageId,
      channel,
      provider,
      kind,
      at,
      ...(reason === undefined ? {} : { reason }),
      ...(bounce === undefined ? {} : { bounce }),
      ...(detail === undefined ? {} : { detail }),
    },
  ];
}

const kindOf = (notice: Notice | undefined): FeedbackKind | undefined =>
  feedbackKindSchema.safeParse(notice?.type.replace(/^message\./, '')).data;
