import {
  newExecutionId,
  retryMsOf,
  type Channel,
  type Lane,
  type ExecutionAccepted,
  type Tenant,
  type UnitaryRequest,
} from '@herald/contracts';
import type { NewRecord } from '@herald/bus';
import { gather } from '@herald/pipeline';
import { createKnownProfiles, type LiveCampaign, type ServiceDeps } from '@herald/service-kit';
import type { CampaignVersion, ExecutionRecord, StoredExecution } from '@herald/store';
import { stringify } from 'safe-stable-stringify';
import { createContextCheck } from './context-schema.ts';
import { messagesOf } from './messages.ts';
import { validateForChannel, type Invalid } from './validate.ts';

export interface Caller extends Tenant {
  readonly keyId: string;
}

export type Refusal =
  | 'campaign-unknown'
  | 'campaign-type'
  | 'campaign-not-live'
  | 'campaign-outside-dates'
  | 'request-id-reused'
  | 'overloaded'
  | 'unavailable';
export type Acceptance =
  | { readonly kind: 'accepted'; readonly body: ExecutionAccepted; readonly replayed: boolean }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly detail: string }
  | { readonly kind: 'invalid'; readonly invalid: Invalid };

/** How long a repeat waits for the first call to be confirmed before it publishes in its place. */
const WAIT_FOR_CONFIRM_MS = 1_000;
const POLL_MS = 50;

/**
 * The first promise, in order: the execution is inserted, its messages are published, it is confirmed, then answered.
 * Each step is durable before the next begins, and each is repeatable, so a caller may always try again. Throws
 * `Outage` while the bus or the store cannot serve. `overload` says why nothing more is accepted for a lane and channel.
 */
export function createAcceptor(
  { pipeline, catalog, hasher, runtime, metrics }: ServiceDeps,
  overload: (lane: Lane, channel: Channel) => string | undefined = () => undefined,
): (caller: Caller, request: UnitaryRequest) => Promise<Acceptance> {
  const { bus, store } = pipeline;
  const { clock } = runtime;
  /** Calls that this process is about to confirm: their repeats need not poll the store. */
  const underway = new Map<string, Promise<void>>();

  const unknownAmong = createKnownProfiles(store, clock);
  const checkContexts = createContextCheck();

  const insert = gather((records: readonly ExecutionRecord[]) => store.executions.insert(records), { maxItems: 200 });
  const publish = gather(
    async (calls: readonly (readonly NewRecord[])[]) => {
      await bus.publish(calls.flat());
      return calls.map(() => undefined);
    },
    { maxItems: 200 },
  );
  const confirm = gather(
    async (executionIds: readonly string[]) => {
      await store.executions.confirm(executionIds);
      return executionIds.map(() => undefined);
    },
    { maxItems: 500 },
  );

  async function accept(caller: Caller, request: UnitaryRequest): Promise<Acceptance> {
    const bodyHash = hasher.body(stringify(request));
    const now = clock.now();
    let live = judge(catalog.peekCampaign(caller, request.campaignId), now);
    if (live.kind === 'refused') live = judge(await catalog.refreshCampaign(caller, request.campaignId), now);
    if (live.kind === 'refused') {
      // Accepted before the campaign was paused or ended: the caller gets the answer that it may have missed.
      const stored = await store.executions.findByRequest(caller, request.campaignId, request.requestId);
      return stored === undefined ? live : repeat(stored, bodyHash, request);
    }
    const { head, version } = live;
    // A repeat as well: it is asked to come again, and finds then what was accepted.
    const tooMuch = overload(head.category, head.channel);
    if (tooMuch !== undefined) return refused('overloaded', tooMuch);
    const invalid = validateForChannel(request, head.channel);
    if (invalid !== undefined) return { kind: 'invalid', invalid };
    const checked = checkContexts(caller, version, request);
    if (!checked.ok) {
      // Accepted before the schema was what it is now: what is stored overrides the refusal.
      const stored = await store.executions.findByRequest(caller, request.campaignId, request.requestId);
      return stored === undefined ? { kind: 'invalid', invalid: checked.invalid } : repeat(stored, bodyHash, request);
    }
    const hashes = request.recipients.map(({ namespace, userId }) => hasher.identity(caller, namespace, userId));
    const rejected = version.content.createProfiles ? [] : await unknownAmong(caller, request, hashes);
    if (rejected.length === request.recipients.length) {
      // Their profiles may have been there when the call was accepted.
      const stored = await store.executions.findByRequest(caller, request.campaignId, request.requestId);
      return stored === undefined ? nobody(rejected.length) : repeat(stored, bodyHash, request);
    }
    const isRejected = new Set(rejected.map(({ recipientIndex }) => recipientIndex));
    const retryMs = await policyOf(caller, version);
    const record: ExecutionRecord = {
      executionId: newExecutionId(runtime.newId()),
      org: caller.org,
      sandbox: caller.sandbox,
      campaignId: request.campaignId,
      campaignVersion: version.version,
      requestId: request.requestId,
      keyId: caller.keyId,
      channel: head.channel,
      lane: head.category,
      guarantee: version.content.guarantee,
      bodyHash,
      recipients: hashes.filter((_, index) => !isRejected.has(index)),
      ...(rejected.length === 0 ? {} : { rejected }),
      acceptedAt: now,
      deadline: now + version.content.timeToLive * 1_000,
      ...(retryMs === undefined ? {} : { retryMs }),
      ...(request.dryRun === true ? { dryRun: true } : {}),
    };
    const inserted = await insert(record);
    if (!inserted.inserted) return repeat(inserted.stored, bodyHash, request);
    await publishAndConfirm(record, checked.request);
    metrics.messagesAccepted(record.channel, record.lane, record.recipients.length);
    return accepted(record, false);
  }

  async function policyOf(tenant: Tenant, { content }: CampaignVersion): Promise<readonly number[] | undefined> {
    if (content.retryMs !== undefined) return content.retryMs;
    const { surfaceId } = content;
    return retryMsOf(content, catalog.peekSurface(tenant, surfaceId) ?? (await catalog.surface(tenant, surfaceId)));
  }

  async function repeat(stored: StoredExecution, bodyHash: string, request: UnitaryRequest): Promise<Acceptance> {
    if (stored.bodyHash !== bodyHash) {
      return {
        kind: 'refused',
        reason: 'request-id-reused',
        detail: `requestId was used with another body in execution ${stored.executionId}`,
      };
    }
    if (!(stored.confirmed || (await confirmedSoon(stored))))
      await publishAndConfirm(stored, await filled(stored, request));
    return accepted(stored, true);
  }

  /** With the defaults of the version that the call was accepted for, whichever is live by now. */
  async function filled(stored: StoredExecution, request: UnitaryRequest): Promise<UnitaryRequest> {
    const version = await catalog.version(stored, stored.campaignId, stored.campaignVersion);
    const checked = version && checkContexts(stored, version, request);
    return checked?.ok === true ? checked.request : request;
  }

  async function confirmedSoon({ executionId, org, sandbox }: StoredExecution): Promise<boolean> {
    const until = clock.now() + WAIT_FOR_CONFIRM_MS;
    const here = underway.get(executionId);
    if (here !== undefined) {
      const first = await Promise.race([
        here.then(
          () => true,
          () => false,
        ),
        clock.sleep(WAIT_FOR_CONFIRM_MS).then(() => false),
      ]);
      if (first) return true;
    }
    do {
      const stored = await store.executions.get({ org, sandbox }, executionId);
      if (stored?.confirmed) return true;
      await clock.sleep(POLL_MS);
    } while (clock.now() < until);
    return false;
  }

  async function publishAndConfirm(record: ExecutionRecord, request: UnitaryRequest): Promise<void> {
    const work = (async () => {
      await publish(messagesOf(record, request));
      await confirm(record.executionId);
    })();
    underway.set(record.executionId, work);
    try {
      await work;
    } finally {
      if (underway.get(record.executionId) === work) underway.delete(record.executionId);
    }
  }

  return accept;
}

/** Nobody of the call can be sent anything: it fails, as a call to one unknown recipient does in AJO. */
const nobody = (recipients: number): Acceptance => ({
  kind: 'invalid',
  invalid: {
    code: 'profile-unknown',
    field: 'recipients[0].userId',
    message: `has no profile in this sandbox${recipients > 1 ? ', nor has any other recipient' : ''}, and the campaign creates none`,
  },
});

type Verdict = ({ readonly kind: 'live' } & Required<LiveCampaign>) | Extract<Acceptance, { kind: 'refused' }>;

function judge(campaign: LiveCampaign | undefined, now: number): Verdict {
  if (campaign === undefined) return refused('campaign-unknown', 'there is no such campaign in this sandbox');
  const { head, version } = campaign;
  if (head.type === 'scheduled') {
    return refused('campaign-type', 'the campaign is a scheduled one: its recipients do not come with calls');
  }
  if (head.state !== 'live' || version === undefined) {
    const why = head.pausedReason === 'quarantine' ? ' by itself: it failed for nearly everyone' : '';
    return refused('campaign-not-live', `the campaign is ${head.state}${why}`);
  }
  const { startAt, endAt } = version.content;
  if (startAt !== undefined && now < Date.parse(startAt)) {
    return refused('campaign-outside-dates', `the campaign starts at ${startAt}`);
  }
  if (endAt !== undefined && now >= Date.parse(endAt)) {
    return refused('campaign-outside-dates', `the campaign ended at ${endAt}`);
  }
  return { kind: 'live', head, version };
}

const refused = (reason: Refusal, detail: string): Extract<Acceptance, { kind: 'refused' }> => ({
  kind: 'refused',
  reason,
  detail,
});

/** Follows from the stored record alone, so that every repeat gets the same body. */
function accepted(record: ExecutionRecord, replayed: boolean): Acceptance {
  const at = new Date(record.acceptedAt).toISOString();
  return {
    kind: 'accepted',
    replayed,
    body: {
      executionId: record.executionId,
      requestId: record.requestId,
      createdAt: at,
      createdBy: record.keyId,
      modifiedAt: at,
      modifiedBy: record.keyId,
      ...(record.rejected === undefined ? {} : { rejected: [...record.rejected] }),
      ...(record.dryRun === undefined ? {} : { dryRun: record.dryRun }),
    },
  };
}
