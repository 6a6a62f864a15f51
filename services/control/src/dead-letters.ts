import { API, type DeadLetter, type DeadLetterView, type Resolution, type Tenant } from '@herald/contracts';
import { refuse, reply, type ApiBuilder, type Call, type Refusal } from '@herald/service-kit';
import type { Page } from '@herald/store';
import { createReplays, type Replayed, type ReplayOrder } from './replay.ts';
import { missing, paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';

/** Letters that one page looks at. */
const EXAMINED = 1_000;
/** Letters that are replayed at once. */
const AT_ONCE = 20;

export function routeDeadLetters(api: ApiBuilder, deps: ControlDeps): void {
  const { store, bus, runtime, log } = deps;
  const replays = createReplays(deps);

  /** Letters that are as asked, newest first. */
  async function find(
    tenant: Tenant | undefined,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
    wanted: (letter: DeadLetter) => boolean,
  ): Promise<Page<DeadLetter>> {
    const items: DeadLetter[] = [];
    let next = cursor;
    for (let examined = 0; examined < EXAMINED;) {
      const size = limit - items.length;
      const page = await store.deadLetters.list(tenant, {
        limit: size,
        ...(next === undefined ? {} : { cursor: next }),
      });
      items.push(...page.items.filter(wanted));
      examined += page.items.length;
      next = page.next;
      if (next === undefined || items.length === limit) break;
    }
    return next === undefined ? { items } : { items, next };
  }

  api.handle(API.listDeadLetters, async (call) => {
    const owner = ownerOf(call, call.query);
    if ('problem' in owner) return owner;
    const { resolution, ...filter } = call.query;
    const isWanted = wantedBy(filter);
    const wanted = (letter: DeadLetter): boolean =>
      isWanted(letter) && (resolution === undefined || (letter.resolution?.kind ?? 'open') === resolution);
    return paged(async () => {
      const page = await find(owner.tenant, pageOf(call.query), wanted);
      return { ...page, items: page.items.map(viewOf) };
    });
  });

  api.handle(API.getDeadLetter, async (call) => {
    const owner = ownerOf(call, call.query);
    if ('problem' in owner) return owner;
    const letter = await store.deadLetters.get(owner.tenant, call.params.id);
    if (letter === undefined) return missing('dead letter');
    const record = await bus.read(letter.position);
    // Headers hold ids and codes. The payload holds the message: it is never shown.
    const shown = record && { headers: record.headers, bytes: record.value.byteLength };
    return reply(200, { ...viewOf(letter), ...(shown === undefined ? {} : { record: shown }) });
  });

  api.handle(API.replayDeadLetters, (call) =>
    paged(async () => {
      const { filter, perSecond, limit, cursor, startAt, ...rest } = call.body;
      const tenant = tenantOf(call);
      const isWanted = wantedBy(filter);
      const page = await find(tenant, { limit, cursor }, (one) => one.resolution === undefined && isWanted(one));
      const start = Math.max(runtime.clock.now(), startAt ?? 0);
      const turn = (index: number): number => start + Math.floor((index * 1_000) / perSecond);
      const replayed: Replayed[] = [];
      const refused: { id: string; code: string }[] = [];
      for (let from = 0; from < page.items.length; from += AT_ONCE) {
        const some = page.items.slice(from, from + AT_ONCE);
        const answers = await Promise.all(
          some.map((letter, index) =>
            replays.letter(tenant, letter, { ...orderOf(call.caller.keyId, rest), notBefore: turn(from + index) }),
          ),
        );
        for (const [index, answer] of answers.entries()) {
          if ('problem' in answer) refused.push({ id: some[index]?.id ?? '', code: answer.problem });
          else replayed.push(answer.replayed);
        }
      }
      log.info(
        { keyId: call.caller.keyId, replayed: replayed.length, refused: refused.length },
        'dead letters replayed',
      );
      const until = iso(turn(page.items.length));
      const { next } = page;
      return { replayed: replayed.map(viewReplayed), refused, until, ...(next === undefined ? {} : { next }) };
    }),
  );

  api.handle(API.replayDeadLetter, async (call) => {
    const tenant = tenantOf(call);
    const letter = await store.deadLetters.get(tenant, call.params.id);
    if (letter === undefined) return missing('dead letter');
    const answer = await replays.letter(tenant, letter, orderOf(call.caller.keyId, call.body));
    if ('problem' in answer) return answer;
    log.info({ id: letter.id, keyId: call.caller.keyId }, 'dead letter replayed');
    return reply(200, viewReplayed(answer.replayed));
  });

  api.handle(API.replayMessage, async (call) => {
    const answer = await replays.message(tenantOf(call), call.params.id, orderOf(call.caller.keyId, call.body));
    if ('problem' in answer) return answer;
    log.info({ messageId: call.params.id, keyId: call.caller.keyId }, 'message replayed');
    return reply(200, viewReplayed(answer.replayed));
  });

  api.handle(API.discardDeadLetter, async (call) => {
    const { note } = call.body;
    const mark: Resolution = { kind: 'discarded', at: runtime.clock.now(), by: call.caller.keyId, note };
    const letter = await store.deadLetters.resolve(tenantOf(call), call.params.id, mark);
    if (letter === undefined) return missing('dead letter');
    if (letter.resolution?.kind !== 'discarded') return refuse('not-replayable', { detail: 'it was replayed' });
    log.info({ id: letter.id, keyId: call.caller.keyId }, 'dead letter discarded');
    return reply(200, viewOf(letter));
  });
}

const iso = (at: number): string => new Date(at).toISOString();

const orderOf = (
  by: string,
  { timeToLive, acceptDoubling, note }: Call<typeof API.replayDeadLetter>['body'],
): ReplayOrder => ({
  by,
  acceptDoubling,
  note,
  timeToLiveMs: timeToLive === undefined ? undefined : timeToLive * 1_000,
});

const viewReplayed = ({ messageId, round, deadline, notBefore }: Replayed) => ({
  messageId,
  round,
  deadline: iso(deadline),
  ...(notBefore === undefined ? {} : { notBefore: iso(notBefore) }),
});

type Filter = Call<typeof API.replayDeadLetters>['body']['filter'];
const wantedBy =
  ({ reason, stage, campaignId, from, to }: Filter) =>
  (letter: DeadLetter): boolean =>
    (reason ?? letter.reason) === letter.reason &&
    (stage ?? letter.stage) === letter.stage &&
    (campaignId ?? letter.campaignId) === letter.campaignId &&
    (from ?? letter.at) <= letter.at &&
    (to ?? Infinity) > letter.at;

function viewOf({ resolution, ...letter }: DeadLetter): DeadLetterView {
  const view = { ...letter, at: iso(letter.at) };
  if (resolution === undefined) return view;
  const { at, deadline, notBefore, ...rest } = resolution;
  return {
    ...view,
    resolution: {
      ...rest,
      at: iso(at),
      ...(deadline === undefined ? {} : { deadline: iso(deadline) }),
      ...(notBefore === undefined ? {} : { notBefore: iso(notBefore) }),
    },
  };
}

/** Records of which nothing could be read belong to no sandbox: they are for whoever runs the installation. */
function ownerOf(
  call: Pick<Call, 'caller'>,
  { unreadable }: { readonly unreadable?: 'true' | undefined },
): { readonly tenant: Tenant | undefined } | Refusal<'forbidden'> {
  if (unreadable === undefined) return { tenant: tenantOf(call) };
  if (call.caller.scopes.includes('keys')) return { tenant: undefined };
  return refuse('forbidden', { detail: 'unreadable records are shown to keys with the scope "keys"' });
}
