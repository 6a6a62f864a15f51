import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionView } from '@herald/contracts';
import { FINAL, type Client } from '../support/client.ts';
import { acceptedBy, type Call } from './callers.ts';
import type { Recorded } from './reconcile.ts';

const AT_ONCE = 20;
const PAUSE_MS = 300;
const ASK_AGAIN_MS = 60_000;

/** Asks until there is an answer: whoever answers may be starting just then. */
export async function ask<T>(client: () => Client, path: string): Promise<T> {
  for (const giveUpAt = Date.now() + ASK_AGAIN_MS; ; await delay(PAUSE_MS)) {
    const answer = await client()
      .call<T>('GET', path)
      .catch(() => undefined);
    if (answer?.status === 200) return answer.body;
    if (Date.now() > giveUpAt) throw new Error(`no answer to ${path} (${answer?.status ?? 'none'})`);
  }
}

/** Everything that the API shows of these campaigns. */
export async function readLedger(client: () => Client, campaignIds: readonly string[]): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for (const campaignId of campaignIds) {
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const behind: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const path = `/v1/executions?campaignId=${campaignId}&limit=100${behind}`;
      const page: { items: ExecutionView[]; next?: string } = await ask(client, path);
      all.push(...page.items.flatMap(({ messages }) => messages));
      cursor = page.next;
    }
  }
  return all;
}

/** Waits until every message of an accepted call is final, at most until `giveUpAt`. Returns how many are not. */
export async function settled(client: () => Client, calls: readonly Call[], giveUpAt: number): Promise<void> {
  let open = new Set(calls.flatMap((call) => acceptedBy(call)?.executionId ?? []));
  const found = await readLedger(client, [...new Set(calls.map(({ campaign }) => campaign.id))]);
  const byExecution = Map.groupBy(found, ({ executionId }) => executionId);
  const isFinal = (messages: readonly { readonly state: string }[] | undefined): boolean =>
    messages?.every(({ state }) => FINAL.includes(state)) ?? false;
  open = new Set([...open].filter((id) => !isFinal(byExecution.get(id))));
  while (open.size > 0 && Date.now() < giveUpAt) {
    const ids = [...open];
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const looks = ids.slice(at, at + AT_ONCE).map(async (id) => {
        const answer = await client()
          .call<ExecutionView>('GET', `/v1/executions/${id}`)
          .catch(() => undefined);
        if (answer?.status === 200 && isFinal(answer.body.messages)) open.delete(id);
      });
      await Promise.all(looks);
    }
    if (open.size > 0) await delay(PAUSE_MS);
  }
}
