import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MessageView } from '@herald/contracts';
import { launch, notRun } from '../env/index.ts';
import { createClient, recipient, type Client } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { mostAllowed, mostWithin } from '../support/providers.ts';
import { ADMIN_KEY } from '../support/standalone.ts';
import { until } from '../support/until.ts';
import { createInstallation, type Installation } from './support/installation.ts';
import type { HeraldProcess } from './support/process.ts';

const RATE = 14;
const { kafka, mongo } = await launch({ kafka: true, mongo: true });

if (kafka === undefined || mongo === undefined) notRun('the limits of a provider, over two processes that send');
else {
  let installation: Installation;
  let mail: MailServer;
  let client: Client;
  let senders: HeraldProcess[];

  beforeAll(async () => {
    mail = await startMailServer();
    installation = await createInstallation({
      brokers: kafka.brokers,
      mongoUrl: mongo.url,
      env: {
        HERALD_SMTP_URL: mail.url,
        HERALD_SMTP_RATE: String(RATE),
        HERALD_SMTP_MAX_CONNECTIONS: '8',
        HERALD_EMAIL_CAP: '0',
        HERALD_PARTITIONS: '6',
        // As they are by default: a call that is late in its lease is an attempt of its own.
        HERALD_LEASE_MS: '30000',
        HERALD_PROVIDER_TIMEOUT_MS: '20000',
      },
    });
    const [others, ...sending] = await Promise.all(
      ['ingress,profile,render,tracker,scheduler,control', 'sender-email', 'sender-email'].map((roles) =>
        installation.start(roles),
      ),
    );
    client = createClient(others?.url ?? '', ADMIN_KEY);
    senders = sending;
  }, 180_000);
  afterAll(async () => {
    await installation.dispose();
    await mail.close();
  }, 60_000);

  async function trigger(campaignId: string, calls: number): Promise<string[]> {
    const executionIds: string[] = [];
    for (let call = 0; call < calls; call += 1) {
      const recipients = Array.from({ length: 20 }, () => recipient());
      const { status, body } = await client.trigger(campaignId, { recipients });
      expect(status).toBe(202);
      executionIds.push(body.executionId);
    }
    return executionIds;
  }
  async function sent(executionIds: readonly string[]): Promise<MessageView[]> {
    return until(
      'all are sent',
      async () => {
        const found = await Promise.all(
          executionIds.map((id) => client.call<{ messages: MessageView[] }>('GET', `/v1/executions/${id}`)),
        );
        const messages = found.flatMap(({ body }) => body.messages);
        return messages.every(({ state }) => state === 'sent') ? messages : undefined;
      },
      90_000,
    );
  }
  const repliesOf = async ({ url }: HeraldProcess): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/herald_provider_replies_total\{provider="smtp",kind="accepted"[^}]*\} (\d+)/.exec(text)?.[1] ?? 0);
  };

  test('14 messages a second are 14 a second over both, none fails, and what somebody waits for goes first', async () => {
    await installation.explained(async () => {
      const newsletter = await client.campaign({ category: 'marketing', timeToLive: 3_600 });
      const reset = await client.campaign({ timeToLive: 3_600 });
      const news = await trigger(newsletter, 8);
      await until('the newsletter is on its way', () => mail.received.length >= 20 || undefined, 60_000);
      const resets = await trigger(reset, 2);
      const messages = await sent([...news, ...resets]);

      // Nobody was refused, and nobody was called twice.
      const steps = messages.flatMap(({ timeline }) => timeline);
      expect(steps.filter(({ attempt = 1, step }) => attempt > 1 || step === 'retry')).toEqual([]);
      expect(mail.received.toSorted()).toEqual(messages.map(({ messageId }) => messageId).toSorted());
      for (const sender of senders) expect(await repliesOf(sender)).toBeGreaterThan(0);
      // If each of them had the rate for itself there would be 140.
      expect(mostWithin(mail.arrivedAt, 5_000)).toBeLessThanOrEqual(mostAllowed(RATE, 5));
      expect(mail.connections.most).toBeLessThanOrEqual(8);
      // The newsletter was there first, and far from done when the last of the others arrived.
      const urgent = new Set(messages.filter(({ lane }) => lane === 'transactional').map(({ messageId }) => messageId));
      const last = mail.received.findLastIndex((messageId) => urgent.has(messageId));
      expect(mail.received.length - 1 - last).toBeGreaterThan(40);
      process.stdout.write(
        `provider limits: ${RATE}/s, fullest second ${mostWithin(mail.arrivedAt, 1_000)}, fullest 5 s ${mostWithin(mail.arrivedAt, 5_000)}; ${mail.received.length - 1 - last} of 160 newsletters after the last reset\n`,
      );
    });
  }, 180_000);
}
