import { encodeNotice, isOutage, NOTICES_TOPIC, type EventBody } from '@herald/contracts';
import type { ServiceDeps } from '@herald/service-kit';
import type { CampaignHead, Tally } from '@herald/store';
import { failing, kindOf, type Failing } from './failing.ts';

/** A window is counted in so many steps: what ended is forgotten a step at a time. */
const STEPS = 6;
const LOOK_EVERY_MS = 1_000;

export interface Quarantine {
  /** Counts how messages ended. Cheap: what is counted is written down once a second. */
  count(endings: readonly EventBody<'message.status.v1'>[]): void;
  readonly failed: Promise<Error>;
  close(): Promise<void>;
}

/**
 * Pauses campaigns that fail for nearly everyone. Any number of trackers count into the same tallies, and each looks at
 * the sum when it saw failures itself; who pauses a campaign is decided by its revision, so it is paused once.
 */
export function startQuarantine({ pipeline, catalog, runtime, config, log }: ServiceDeps): Quarantine {
  const { store, patience, observer } = pipeline;
  const { clock } = runtime;
  const { quarantineMin: min, quarantinePercent: percent, quarantineWindowMs: windowMs } = config;
  const stepMs = Math.ceil(windowMs / STEPS);
  let counted = new Map<string, Tally>();
  let failureAt = -Infinity;
  let droppedAt = 0;
  /** What was counted before this process began may not have been acted upon. */
  let isFirst = true;

  function count(endings: readonly EventBody<'message.status.v1'>[]): void {
    if (min === 0) return;
    const now = clock.now();
    for (const ending of endings) {
      const kind = kindOf(ending);
      if (kind === undefined || ending.at < now - windowMs) continue;
      const { org, sandbox, campaignId, provider = '', at } = ending;
      const window = at - (at % stepMs);
      const key = JSON.stringify([org, sandbox, campaignId, provider, window]);
      const tally = counted.get(key) ?? { org, sandbox, campaignId, provider, window, sent: 0, refused: 0, unclear: 0 };
      counted.set(key, { ...tally, [kind]: tally[kind] + 1 });
      if (kind !== 'sent') failureAt = now;
    }
  }

  async function look(): Promise<void> {
    if (counted.size > 0) {
      const batch = counted;
      counted = new Map();
      await patience.persist(() => store.tallies.add([...batch.values()]));
    }
    const now = clock.now();
    if (now - droppedAt > windowMs) {
      droppedAt = now;
      await patience.persist(() => store.tallies.drop(now - 3 * windowMs));
    }
    if (now - failureAt > windowMs && !isFirst) return;
    // What lies ahead was counted before a clock was set back.
    const tallies = (await patience.persist(() => store.tallies.since(now - windowMs))).filter(
      ({ window }) => window <= now,
    );
    const threshold = { min, percent, stepMs };
    for (const suspect of failing(tallies, threshold)) {
      const found = await patience.persist(() => store.campaigns.get(suspect, suspect.campaignId));
      if (found === undefined) continue;
      const { head } = found;
      // What ended before it was resumed, or a version was activated, speaks of what was then.
      const [verdict] = failing(tallies, threshold, () => countedFrom(head)).filter(
        (one) => one.org === suspect.org && one.sandbox === suspect.sandbox && one.campaignId === suspect.campaignId,
      );
      if (verdict === undefined) continue;
      if (head.state === 'live') await pause(verdict, head, now);
    }
    isFirst = false;
  }

  async function pause(verdict: Failing, head: CampaignHead, now: number): Promise<void> {
    const modifiedAt = new Date(now).toISOString();
    const next = {
      ...head,
      state: 'paused',
      pausedReason: 'quarantine',
      revision: head.revision + 1,
      modifiedAt,
    } as const satisfies CampaignHead;
    const entry = {
      id: runtime.newId(),
      at: modifiedAt,
      keyId: 'herald',
      action: 'quarantine',
      objectType: 'campaign',
      objectId: head.id,
      version: head.version,
      fields: ['pausedReason', 'state'],
    } as const;
    // First, under an id that follows from the revision: a crash in between makes it come again, never a silent pause.
    await tell(verdict, next);
    const written = await patience.persist(() =>
      store.audited(verdict, { ...entry, fields: [...entry.fields] }).campaigns.update(verdict, next),
    );
    // Another tracker was first, or somebody changed it: it is looked at again.
    if (written.kind !== 'written') return;
    await patience.persist(() => catalog.refreshCampaign(verdict, head.id));
    const { ended, failed, org, sandbox } = verdict;
    observer.alarm('campaign-quarantined', { org, sandbox, campaignId: head.id, ended, failed });
  }

  const tell = ({ org, sandbox, ended, failed, provider }: Failing, head: CampaignHead): Promise<void> =>
    pipeline.publish({
      topic: NOTICES_TOPIC,
      ...encodeNotice({
        org,
        sandbox,
        id: `${head.id}/quarantined/${head.revision}`,
        type: 'campaign.quarantined',
        at: Date.parse(head.modifiedAt),
        campaignId: head.id,
        channel: head.channel,
        ...(provider === '' ? {} : { provider }),
        detail: `${failed} of ${ended} failed`,
      }),
    });

  const closing = new AbortController();
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  const running = (async () => {
    while (min > 0 && !closing.signal.aborted) {
      await look();
      await clock.sleep(LOOK_EVERY_MS, closing.signal);
    }
  })().catch((error: unknown) => {
    if (isOutage(error)) return;
    log.error({ err: error }, 'the quarantine ended by a bug');
    fail(error instanceof Error ? error : new Error(String(error)));
  });

  return {
    count,
    failed,
    close: () => {
      closing.abort();
      return running;
    },
  };
}

/** Before the first activation there was nothing that could be held against it. */
const countedFrom = ({ activatedAt, resumedAt, liveVersion = 1 }: CampaignHead): number =>
  Math.max(
    ...[liveVersion > 1 ? activatedAt : undefined, resumedAt].map((time) =>
      time === undefined ? 0 : Date.parse(time),
    ),
  );
