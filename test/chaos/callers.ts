import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionAccepted } from '@herald/contracts';
import type { Random } from '../simulate/random.ts';
import type { ChaosCampaign } from './campaigns.ts';

/** One call, made again until it is answered for good, and every answer that its caller got. */
export interface Call {
  readonly requestId: string;
  readonly campaign: ChaosCampaign;
  readonly recipients: number;
  readonly answers: Answer[];
}
/** `status` 0: no answer, because the connection broke or nothing came in time. */
export interface Answer {
  readonly at: number;
  readonly status: number;
  readonly executionId?: string;
}

export interface Callers {
  readonly calls: readonly Call[];
  /** Makes no new calls, and waits until those under way are answered, or until `forMs` have passed. */
  finish(forMs: number): Promise<void>;
}

export interface CallersOptions {
  readonly campaigns: readonly ChaosCampaign[];
  readonly perSecond: number;
  readonly random: Random;
  /** Where to call now, asked anew for each call; empty while nobody is there. */
  readonly url: () => string;
  readonly key: string;
  readonly prefix: string;
  readonly signal: AbortSignal;
}

const ANSWER_MS = 8_000;
const TWO_RECIPIENTS = 0.1;
/** Some callers repeat a call that was answered: their own record of the answer was lost. */
const REPEATS = 0.05;
const MAX_PAUSE_MS = 4_000;
/** Calls that wait for an answer at a time: what is more would be a load that no caller makes. */
const MAX_OPEN = 500;

export const acceptedBy = ({ answers }: Call): Answer | undefined => answers.find(({ status }) => status === 202);

/** Calls at a steady rate, each by a good client: it notes what it is told, and repeats what was not taken. */
export function startCallers(options: CallersOptions): Callers {
  const { campaigns, perSecond, random, url, key, prefix, signal } = options;
  const pauses = random.fork('pauses');
  const calls: Call[] = [];
  const open = new Set<Promise<void>>();
  let going = true;
  let giveUpAt = Number.POSITIVE_INFINITY;

  async function once(body: string): Promise<Answer & { readonly retryAfterMs?: number }> {
    const at = url();
    if (at === '') return { at: Date.now(), status: 0 };
    try {
      const response = await fetch(`${at}/ajo/im/executions/unitary`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      });
      const { status, headers } = response;
      const text = await response.text();
      const told = { at: Date.now(), status };
      const { executionId } = status === 202 ? (JSON.parse(text) as ExecutionAccepted) : { executionId: undefined };
      const retryAfterMs = Number(headers.get('retry-after') ?? 0) * 1_000;
      return { ...told, ...(executionId === undefined ? {} : { executionId }), retryAfterMs };
    } catch {
      // The connection broke, or nothing came in time: whoever called knows nothing, and asks again.
      return { at: Date.now(), status: 0 };
    }
  }

  async function make(call: Call, body: string, repeated: boolean): Promise<void> {
    let pauseMs = 100;
    while (Date.now() < giveUpAt && !signal.aborted) {
      const { retryAfterMs = 0, ...answer } = await once(body);
      call.answers.push(answer);
      if (answer.status !== 0 && answer.status !== 503 && answer.status !== 429) break;
      pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2);
      // Not all at the same time.
      await delay(Math.min(MAX_PAUSE_MS, Math.max(pauseMs, retryAfterMs)) * (0.5 + pauses.next() / 2));
    }
    if (!repeated || acceptedBy(call) === undefined || signal.aborted) return;
    const { retryAfterMs: _, ...again } = await once(body);
    call.answers.push(again);
  }

  function begin(): void {
    const campaign = random.pick(campaigns);
    const requestId = `${prefix}-${calls.length}`;
    const recipients = random.chance(TWO_RECIPIENTS) ? 2 : 1;
    const call: Call = { requestId, campaign, recipients, answers: [] };
    const body = JSON.stringify({
      requestId,
      campaignId: campaign.id,
      recipients: Array.from({ length: recipients }, (_, index) => campaign.recipient(`${requestId}.${index}`)),
    });
    calls.push(call);
    const made = make(call, body, random.chance(REPEATS)).finally(() => open.delete(made));
    open.add(made);
  }

  const loading = (async () => {
    const from = performance.now();
    for (let count = 0; going && !signal.aborted; count += 1) {
      const waitMs = from + (count * 1_000) / perSecond - performance.now();
      if (waitMs > 0) await delay(waitMs);
      if (open.size < MAX_OPEN) begin();
    }
  })();

  return {
    calls,
    async finish(forMs) {
      going = false;
      giveUpAt = Date.now() + forMs;
      await loading;
      await Promise.all(open);
    },
  };
}
