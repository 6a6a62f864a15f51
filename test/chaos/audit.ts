import { setTimeout as delay } from 'node:timers/promises';
import type { Conservation } from '@herald/contracts';
import type { Client } from '../support/client.ts';
import { ask } from './ledger.ts';
import { POISONED } from './poison.ts';

/** What Herald itself says of the whole run: see docs/operating.md. */
export interface Audit {
  readonly accepted: number;
  readonly inFlight: number;
  readonly withoutEnding: number;
  readonly notIndexed: number;
  readonly unbalanced: number;
  readonly problems: readonly string[];
  /** Records that were fed as poison and are among the dead letters. */
  readonly poisoned: number;
}

export interface AuditOptions {
  readonly control: () => Client;
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** Poison that a worker must have found. */
  readonly poison: number;
}

/** The tracker may be a little behind what has ended. */
const BEHIND_MS = 30_000;
const PAUSE_MS = 500;
const SHOWN = 5;

/** Asks for the account of conservation and for the dead letters of poison, until both have everything or time is up. */
export async function readAudit({ control, from, poison }: AuditOptions): Promise<Audit> {
  const key = await keyOfPoison(control);
  for (const giveUpAt = Date.now() + BEHIND_MS; ; await delay(PAUSE_MS)) {
    const account = await accountSince(control, from);
    const unreadable = await countOf(control, '&unreadable=true');
    const poisoned = unreadable + (await countOf(() => control().as(key), ''));
    const audit = { ...account, poisoned };
    if ((account.notIndexed === 0 && poisoned >= poison) || Date.now() > giveUpAt) return audit;
  }
}

/** What in it is not as it must be. */
export function complaintsOf(audit: Audit, { accepted, poison }: { accepted: number; poison: number }): string[] {
  const { inFlight, withoutEnding, notIndexed, unbalanced, problems, poisoned } = audit;
  return [
    // Of a call that nobody waited for the callers know nothing.
    ...(audit.accepted < accepted ? [`the audit has ${audit.accepted} accepted messages, callers ${accepted}`] : []),
    ...(inFlight + withoutEnding + notIndexed + unbalanced > 0
      ? [
          `the audit does not add up: in flight ${inFlight}, without an ending ${withoutEnding}, not indexed ${notIndexed}, ` +
            `unbalanced ${unbalanced}: ${problems.join('; ')}`,
        ]
      : []),
    ...(poisoned < poison
      ? [`${poison - poisoned} of ${poison} records of poison are not among the dead letters`]
      : []),
  ];
}

async function accountSince(control: () => Client, from: number): Promise<Omit<Audit, 'poisoned'>> {
  const sums = { accepted: 0, inFlight: 0, withoutEnding: 0, notIndexed: 0, unbalanced: 0 };
  const problems: string[] = [];
  const to = new Date().toISOString();
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const behind: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const path = `/v1/audit/conservation?from=${new Date(from).toISOString()}&to=${to}${behind}`;
    const page: Conservation = await ask(control, path);
    sums.accepted += page.accepted;
    sums.inFlight += page.inFlight.count;
    sums.withoutEnding += page.withoutEnding;
    sums.notIndexed += page.notIndexed;
    sums.unbalanced += page.unbalanced.count;
    problems.push(
      ...page.unbalanced.items.map(({ problem, messageId, detail }) => [problem, messageId, detail].join(' ')),
    );
    cursor = page.next;
  }
  return { ...sums, problems: problems.slice(0, SHOWN) };
}

async function countOf(client: () => Client, query: string): Promise<number> {
  let count = 0;
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const behind: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const path = `/v1/dead-letters?limit=100&reason=unreadable${query}${behind}`;
    const page: { items: unknown[]; next?: string } = await ask(client, path);
    count += page.items.length;
    cursor = page.next;
  }
  return count;
}

/** Poison whose headers say whose it is lies with the dead letters of that sandbox. */
async function keyOfPoison(control: () => Client): Promise<string> {
  const { status, body } = await control().call<{ key: string }>('POST', '/v1/keys', {
    ...POISONED,
    name: 'poison',
    scopes: ['read'],
  });
  if (status !== 201) throw new Error(`no key: ${status}`);
  return body.key;
}
