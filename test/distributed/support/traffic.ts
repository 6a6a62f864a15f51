import type { ExecutionView, MessageView } from '@herald/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import { FINAL, unique, type Client } from '../../support/client.ts';
import type { MailServer } from '../../support/mail-server.ts';
import { until } from '../../support/until.ts';

/** Calls at a steady pace over everything that happens meanwhile, and what they were answered. */
export interface Traffic {
  /** Executions in the order of their acceptance, by recipient. */
  readonly accepted: ReadonlyMap<string, readonly string[]>;
  readonly count: () => number;
  /** Answers other than 202, by status; 0 for a connection that broke. */
  readonly refused: ReadonlyMap<number, number>;
  /** No further calls; resolves when each has its answer. */
  stop(): Promise<void>;
}

export interface TrafficOptions {
  /** Where to call now; asked anew for each call. */
  readonly client: () => Client;
  readonly campaignId: string;
  readonly perSecond: number;
  /** Each has one call under way at a time, so that its calls have an order. */
  readonly recipients: number;
}

export function startTraffic({ client, campaignId, perSecond, recipients }: TrafficOptions): Traffic {
  const accepted = new Map<string, string[]>();
  const refused = new Map<number, number>();
  const pauseMs = (1_000 * recipients) / perSecond;
  let going = true;
  const call = async (userId: string, requestId: string): Promise<boolean> => {
    const recipient = { type: 'external', namespace: 'email', userId, context: { name: 'Ada', resetUrl: 'x' } };
    const answer = await client()
      .trigger(campaignId, { requestId, recipients: [recipient] })
      .catch((error: unknown) => {
        // The process went while it had the call: whoever called knows nothing, and asks again.
        if ((error as Error).name === 'TypeError') return undefined;
        throw error;
      });
    if (answer?.status !== 202) {
      refused.set(answer?.status ?? 0, (refused.get(answer?.status ?? 0) ?? 0) + 1);
      return false;
    }
    accepted.get(userId)?.push(answer.body.executionId);
    return true;
  };
  const calling = Array.from({ length: recipients }, async (_, index) => {
    const userId = `${unique('steady')}@example.com`;
    accepted.set(userId, []);
    await delay((pauseMs * index) / recipients);
    for (let requestId = unique('call'); going;) {
      if (await call(userId, requestId)) requestId = unique('call');
      await delay(pauseMs);
    }
  });
  return {
    accepted,
    refused,
    count: () => [...accepted.values()].reduce((sum, { length }) => sum + length, 0),
    stop: async () => {
      going = false;
      await Promise.all(calling);
    },
  };
}

export interface Account {
  readonly accepted: number;
  readonly received: number;
  readonly lost: readonly string[];
  readonly notSent: readonly MessageView[];
  readonly doubled: readonly string[];
  /** Doubled, though no call was taken over and none had an unknown end. */
  readonly outsideTheWindow: readonly string[];
  /** Messages that the mail server got before an earlier one of the same recipient; either may have been handed over twice. */
  readonly outOfOrder: readonly string[];
}

/** Holds the callers' answers against the ledger and the mail server, once everything that was accepted is final. */
export async function reconcile(client: Client, traffic: Traffic, mail: MailServer): Promise<Account> {
  const executions = [...traffic.accepted.values()].flat();
  const views = new Map<string, MessageView>();
  await until(
    'everything that was accepted is final',
    async () => {
      const open = executions.filter((id) => !views.has(id));
      for (let at = 0; at < open.length; at += 20) {
        const page = open.slice(at, at + 20).map(async (id) => {
          const { status, body } = await client.call<ExecutionView>('GET', `/v1/executions/${id}`);
          // A database that is only just back answers some of them.
          const message = status === 200 ? body.messages[0] : undefined;
          if (message !== undefined && FINAL.includes(message.state)) views.set(id, message);
        });
        await Promise.all(page);
      }
      return views.size === executions.length || undefined;
    },
    60_000,
  );
  const receipts = new Map<string, number>();
  for (const id of mail.received) receipts.set(id, (receipts.get(id) ?? 0) + 1);
  const all = [...views.values()];
  const doubled = all.filter(({ messageId }) => (receipts.get(messageId) ?? 0) > 1);
  return {
    accepted: executions.length,
    received: mail.received.length,
    lost: all
      .filter(({ messageId, state }) => state === 'sent' && !receipts.has(messageId))
      .map((one) => one.messageId),
    notSent: all.filter(({ state }) => state !== 'sent'),
    doubled: doubled.map(({ messageId }) => messageId),
    outsideTheWindow: doubled.filter((message) => !calledAgain(message)).map(({ messageId }) => messageId),
    outOfOrder: outOfOrder(traffic, mail),
  };
}

const calledAgain = ({ timeline }: MessageView): boolean =>
  timeline.some(({ step, reason }) => step === 'taken-over' || reason === 'outcome-unknown');

function outOfOrder({ accepted }: Traffic, { received }: MailServer): string[] {
  const placeOf = new Map(received.map((messageId, place) => [messageId, place]));
  return [...accepted.values()].flatMap((executions) => {
    const places = executions.map((id) => placeOf.get(`${id}.0`) ?? -1);
    return executions.filter((_, index) => index > 0 && (places[index] ?? 0) < (places[index - 1] ?? 0));
  });
}
