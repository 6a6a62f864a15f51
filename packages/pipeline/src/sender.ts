import type { Provider, Reply } from '@herald/channels';
import type { Channel, Clock, RenderedContent, RenderedOf, Surface, SurfaceOf } from '@herald/contracts';
import type { Ending } from '@herald/store';
import { createAccount, type Account, type Controls } from './account.ts';
import { chooseAccount } from './choose.ts';
import type { Pass } from './circuit.ts';
import { expiryOf, unlessTaken } from './guard.ts';
import type { Message } from './message.ts';
import type { RateSlot } from './pace.ts';
import { OUTCOME_UNKNOWN, type End, type HeldClaim, type Hold, type Outcome } from './outcome.ts';
import type { Visit } from './servers.ts';
import type { Stage, StageContext } from './stage.ts';

type Rendered = Message<'message.rendered.v1'>;

export interface SenderDeps<C extends Channel> {
  readonly channel: C;
  readonly providers: readonly Provider<C>[];
  /** What a provider is held to, and what it shares with the other lane. */
  readonly controls: (provider: string) => Controls;
  readonly clock: Clock;
  /** No call begins when less than this is left of its claim's lease: a provider's timeout, with something to spare. */
  readonly callMs: number;
  /** The surface to send from; undefined when it does not exist. */
  readonly surface: (message: Rendered) => Surface | undefined | Promise<Surface | undefined>;
  /** Where the campaign stands now, at most a second old. */
  readonly standing: (message: Rendered) => 'live' | 'paused' | 'stopped' | Promise<'live' | 'paused' | 'stopped'>;
  /** Why the message is not to be sent to its address, or to that person, whatever its campaign says. */
  readonly obstacle: (message: Rendered) => Promise<Pick<Ending, 'reason' | 'detail'> | undefined>;
  /** Counts the message; true when its address has had too many. Asked once per message, right before its first claim. */
  readonly overCap: (message: Rendered) => Promise<boolean>;
  /** HMAC of the message's address: feedback about the message is about that one. Absent: nothing is known of it then. */
  readonly hashOf?: (message: Rendered) => string;
  readonly onReply: (provider: string, reply: Reply, message: Rendered) => void;
}

/** A check that was answered longer ago than this is made again before the claim. */
const CHECK_IS_GOOD_FOR_MS = 1_000;
/** So is one that was asked for longer ago: an outage, or a process that stood still, made its answer old on the way. */
const ANSWER_MAY_TAKE_MS = 5_000;

export interface SenderStage {
  readonly run: Stage<'message.rendered.v1'>;
  /** Gives back what was leased, when nothing is in hand any more. */
  close(): Promise<void>;
}

/** One message's turn with a provider. */
interface Turn<C extends Channel> {
  readonly account: Account<C>;
  readonly pass: Pass;
  readonly visit: Visit;
  readonly slot: RateSlot | undefined;
}

/** What every sender does, whatever its channel: check, claim, call a provider once, say what came of it. */
export function createSenderStage<C extends Channel>(deps: SenderDeps<C>): SenderStage {
  const accounts = new Map(
    deps.providers.map((provider) => [
      provider.name,
      createAccount(provider, deps.clock, deps.controls(provider.name)),
    ]),
  );

  async function send(message: Rendered, ctx: StageContext): Promise<Outcome> {
    const surface = await deps.surface(message);
    const { content } = message.body;
    if (surface === undefined || !isFor(deps.channel, surface)) return ended('surface-missing');
    if (!isOf(deps.channel, content)) return { kind: 'dead', reason: 'unreadable', detail: 'payload content.kind' };
    // Everything was done but taking a provider: also one that is not configured would only be waited for.
    if (message.body.dryRun === true) return (await check(message)) ?? DRY_RUN;
    const { round, attempt } = message.meta;
    // Whoever sends a proof names the addresses, and may see it even where a recipient would have had enough.
    const counting = { done: round > 1 || attempt > 1 || message.body.proof === true };
    for (;;) {
      const chosen = chooseAccount(accounts, surface.providers, message.meta);
      if ('kind' in chosen) return (await check(message)) ?? chosen;
      const { account, pass } = chosen;
      let slot: RateSlot | undefined;
      const visit = account.visit(message.body.address);
      try {
        if (visit === undefined) return (await check(message)) ?? { kind: 'hold', reason: 'server-slow' };
        if (account.pace !== undefined) {
          slot = await account.pace.take();
          if (slot === undefined) return (await check(message)) ?? { kind: 'hold', reason: 'rate-limited' };
        }
        const outcome = await begin(message, content, surface, { account, pass, visit, slot }, counting, ctx);
        if (outcome !== undefined) return outcome;
      } finally {
        pass.leave();
        visit?.leave();
        // One that was used, or whose time has passed, is of no use to anybody.
        if (slot !== undefined) account.pace?.giveBack(slot);
      }
    }
  }

  /** Undefined: the checks have become old while it waited. */
  async function begin(
    message: Rendered,
    content: RenderedOf<C>,
    surface: SurfaceOf<C>,
    turn: Turn<C>,
    counting: { done: boolean },
    ctx: StageContext,
  ): Promise<Outcome | undefined> {
    const { account, pass, visit } = turn;
    const { clock } = ctx.runtime;
    const { deadline } = message.meta;
    const askedAt = clock.now();
    const obstacle = await check(message);
    if (obstacle !== undefined) return obstacle;
    const answeredAt = clock.now();
    await account.claims.acquire();
    try {
      if (clock.now() >= deadline) return { kind: 'end', ending: expiryOf(message) };
      // Before it is counted: what is held after that is counted again.
      if (!pass.good() || !visit.good()) return undefined;
      const overCap = !counting.done && (await deps.overCap(message));
      counting.done = true;
      if (overCap) return RECIPIENT_CAP;
      const now = clock.now();
      if (now >= deadline) return { kind: 'end', ending: expiryOf(message) };
      // A pause or a stop since then counts at once; the suppression list is read again only after a long wait.
      const isFresh = now - answeredAt < CHECK_IS_GOOD_FOR_MS && now - askedAt < ANSWER_MAY_TAKE_MS;
      if (!isFresh || !pass.good() || deps.standing(message) !== 'live') return undefined;
      const answer = await ctx.claim(message, account.name, deps.hashOf?.(message));
      if (answer.kind === 'refused') return answer.outcome;
      return await call(message, content, answer.claim, surface, { ctx, askedAt, turn });
    } finally {
      account.claims.release();
    }
  }

  async function check(message: Rendered): Promise<Hold | End | undefined> {
    const standing = await deps.standing(message);
    const excluded = (why: { readonly reason: string; readonly detail?: string }): End => ({
      kind: 'end',
      ending: unlessTaken(message, { state: 'excluded', ...why }),
    });
    if (standing === 'stopped') return excluded({ reason: 'campaign-stopped' });
    // Also while it is paused: what would be held holds the data of somebody who may have been erased.
    const obstacle = await deps.obstacle(message);
    if (obstacle !== undefined) return excluded(obstacle);
    return standing === 'paused' ? { kind: 'hold', reason: 'campaign-paused' } : undefined;
  }

  async function call(
    message: Rendered,
    content: RenderedOf<C>,
    claim: HeldClaim,
    surface: SurfaceOf<C>,
    { ctx, askedAt, turn }: { readonly ctx: StageContext; readonly askedAt: number; readonly turn: Turn<C> },
  ): Promise<Outcome> {
    // A claim that was taken over keeps its provider: another one cannot know what the first one did.
    const isMine = claim.provider === turn.account.name;
    const account = isMine ? turn.account : accounts.get(claim.provider ?? '');
    if (account === undefined) return { kind: 'end', claim, ending: OUTCOME_UNKNOWN };
    const pass = isMine ? turn.pass : account.circuit.enter();
    const { messageId, deadline } = message.meta;
    const { address, pushKeys } = message.body;
    const keys = pushKeys === undefined ? {} : { pushKeys };
    const { clock } = ctx.runtime;
    await account.calls.acquire();
    try {
      if (account.pace !== undefined && !(await account.pace.due(isMine ? turn.slot : undefined))) {
        return { kind: 'retry', claim, reason: 'provider-closed', free: true };
      }
      // A claim that waited for the store or its turn, or was taken over after a long look, makes the checks old again.
      const changed = clock.now() - askedAt < ANSWER_MAY_TAKE_MS ? undefined : await check(message);
      if (changed !== undefined) return withClaim(changed, claim);
      const now = clock.now();
      if (now >= deadline) return { kind: 'end', claim, ending: claim.takenOver ? OUTCOME_UNKNOWN : expiryOf(message) };
      if (claim.leaseUntil !== undefined && claim.leaseUntil - now < deps.callMs) {
        return { kind: 'retry', claim, reason: 'lease-too-short', free: true };
      }
      const outgoing = { messageId, address, ...keys, content, surface, now, deadline };
      const { reply, failed } = await account.send(outgoing, pass, turn.visit);
      deps.onReply(account.name, reply, message);
      return outcomeOf(reply, failed, claim, message);
    } finally {
      if (!isMine) pass?.leave();
      account.calls.release();
    }
  }

  return {
    run: (batch, ctx) => batch.map((message) => send(message, ctx)),
    async close() {
      await Promise.all([...accounts.values()].map((account) => account.close()));
    },
  };
}

/** The one place that says what a provider's reply means for its message. */
function outcomeOf(reply: Reply, providerFailed: boolean, claim: HeldClaim, message: Rendered): Outcome {
  const detail = reply.detail === undefined ? {} : { detail: reply.detail };
  switch (reply.kind) {
    case 'accepted': {
      const ending = { state: 'sent', reason: 'accepted', ...detail } as const;
      return { kind: 'end', claim, ending, providerMessageId: reply.providerMessageId };
    }
    case 'permanent':
      return { kind: 'end', claim, ending: { state: 'failed', reason: reply.code, ...detail } };
    case 'transient': {
      const after = reply.retryAfterMs === undefined ? {} : { retryAfterMs: reply.retryAfterMs };
      return {
        kind: 'retry',
        claim,
        reason: reply.code,
        ...detail,
        ...after,
        ...(providerFailed ? { providerFailed } : {}),
      };
    }
    case 'unknown':
      return message.body.guarantee === 'at-most-once'
        ? { kind: 'end', claim, ending: { ...OUTCOME_UNKNOWN, detail: reply.code } }
        : { kind: 'retry', claim, reason: OUTCOME_UNKNOWN.reason, detail: reply.code };
  }
}

/** What keeps a message from being sent although its claim is won already. */
function withClaim(obstacle: Hold | End, claim: HeldClaim): Outcome {
  if (claim.takenOver) return { kind: 'end', claim, ending: OUTCOME_UNKNOWN };
  return obstacle.kind === 'end'
    ? { ...obstacle, claim }
    : { kind: 'retry', claim, reason: obstacle.reason, free: true };
}

const DRY_RUN: Outcome = { kind: 'end', ending: { state: 'excluded', reason: 'dry-run' } };
const RECIPIENT_CAP: Outcome = { kind: 'end', ending: { state: 'excluded', reason: 'recipient-cap' } };

const isFor = <C extends Channel>(channel: C, surface: Surface): surface is SurfaceOf<C> => surface.channel === channel;
const isOf = <C extends Channel>(channel: C, content: RenderedContent): content is RenderedOf<C> =>
  content.kind === channel;

const ended = (reason: string): Outcome => ({ kind: 'end', ending: { state: 'failed', reason } });
