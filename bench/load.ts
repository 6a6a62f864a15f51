import { Pool } from 'undici';

/** What one phase of load did: who was told 202 for which execution, and when its request left. */
export interface LoadResult {
  /** executionId to the time the request was sent (milliseconds, Date.now). */
  readonly accepted: ReadonlyMap<string, number>;
  readonly refused: ReadonlyMap<number, number>;
  readonly seconds: number;
}

export interface Target {
  readonly url: string;
  readonly key: string;
  readonly campaignId: string;
}

/** Whom the load goes to, one after the other. */
export const PEOPLE = 20_000;
export const addressOf = (person: number): string => `user${person}@example.com`;

let sequence = 0;

function body(campaignId: string): string {
  sequence += 1;
  const who = sequence % PEOPLE;
  return JSON.stringify({
    requestId: `bench-${process.pid}-${sequence}`,
    campaignId,
    recipients: [
      {
        type: 'aep',
        namespace: 'email',
        userId: addressOf(who),
        context: {
          resetUrl: `https://accounts.example/reset?token=${sequence.toString(36).padStart(32, 'x')}&user=${who}&next=%2Fhome`,
          device: 'Firefox on Linux',
          city: 'København',
          order: { number: `A-${sequence}`, total: '129.00', currency: 'DKK' },
        },
      },
    ],
  });
}

async function send(
  pool: Pool,
  { key, campaignId }: Target,
  accepted: Map<string, number>,
  refused: Map<number, number>,
  sentAt: number,
): Promise<void> {
  const { statusCode, body: answer } = await pool.request({
    method: 'POST',
    path: '/ajo/im/executions/unitary',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: body(campaignId),
  });
  const text = await answer.text();
  if (statusCode === 202) accepted.set((JSON.parse(text) as { executionId: string }).executionId, sentAt);
  else refused.set(statusCode, (refused.get(statusCode) ?? 0) + 1);
}

/** Each of `connections` sends its next request when the last one is answered. */
export async function closedLoop(target: Target, connections: number, seconds: number): Promise<LoadResult> {
  const pool = new Pool(target.url, { connections, pipelining: 1 });
  const accepted = new Map<string, number>();
  const refused = new Map<number, number>();
  const start = Date.now();
  const until = start + seconds * 1_000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (Date.now() < until) await send(pool, target, accepted, refused, Date.now());
    }),
  );
  await pool.close();
  return { accepted, refused, seconds: (Date.now() - start) / 1_000 };
}

/** Requests leave on time whether or not the earlier ones were answered; latency counts from when each was due. */
export async function openLoop(target: Target, perSecond: number, seconds: number): Promise<LoadResult> {
  const pool = new Pool(target.url, { connections: 64, pipelining: 1 });
  const accepted = new Map<string, number>();
  const refused = new Map<number, number>();
  const inFlight = new Set<Promise<void>>();
  const start = Date.now();
  const total = perSecond * seconds;
  for (let sent = 0; sent < total;) {
    // The first one is due at once.
    const due = Math.min(total, 1 + Math.floor(((Date.now() - start) / 1_000) * perSecond));
    for (; sent < due; sent += 1) {
      const dueAt = Math.round(start + (sent / perSecond) * 1_000);
      const one = send(pool, target, accepted, refused, dueAt).finally(() => inFlight.delete(one));
      inFlight.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(inFlight);
  await pool.close();
  return { accepted, refused, seconds: (Date.now() - start) / 1_000 };
}
