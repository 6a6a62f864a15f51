import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { launch, notRun } from '../env/index.ts';
import { createClient, recipient, unique, type Client } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { ADMIN_KEY } from '../support/standalone.ts';
import { createInstallation, type Installation } from './support/installation.ts';
import { until } from '../support/until.ts';

const PATIENCE_MS = 180_000;
const ROUNDS = 5;
const PAUSE_ACTS_MS = 1_000;

const { kafka, mongo } = await launch({ kafka: true, mongo: true });

if (kafka === undefined || mongo === undefined) notRun('two sandboxes at two ingress processes');
else {
  let installation: Installation;
  let mail: MailServer;
  /** By process, then by sandbox. */
  let ingress: readonly (readonly [Client, Client])[];
  let control: readonly [Client, Client];

  beforeAll(async () => {
    mail = await startMailServer();
    installation = await createInstallation({
      brokers: kafka.brokers,
      mongoUrl: mongo.url,
      env: { HERALD_SMTP_URL: mail.url },
    });
    const [admin, ...front] = await Promise.all([
      installation.start('control,tracker,scheduler'),
      installation.start('ingress'),
      installation.start('ingress'),
      installation.start('profile,render,sender-email'),
    ]);
    const keys = await Promise.all(
      ['blue', 'green'].map(async (sandbox) => {
        const scopes = ['execute', 'read', 'control'];
        const body = { name: sandbox, sandbox, scopes };
        return (await createClient(admin.url, ADMIN_KEY).call<{ key: string }>('POST', '/v1/keys', body)).body.key;
      }),
    );
    const clientsOf = (url: string): [Client, Client] => [
      createClient(url, keys[0] ?? ''),
      createClient(url, keys[1] ?? ''),
    ];
    control = clientsOf(admin.url);
    ingress = front.slice(0, 2).map(({ url }) => clientsOf(url));
  }, PATIENCE_MS);
  afterAll(async () => {
    await installation.dispose();
    await mail.close();
  }, PATIENCE_MS);

  const everywhere = (sandbox: 0 | 1, campaignId: string) =>
    Promise.all(ingress.map(async (clients) => clients[sandbox].trigger(campaignId)));

  describe('two ingress processes', () => {
    test(
      'take the first call right after the campaign was activated, both at once',
      async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const campaignId = await control[0].campaign();
          const answers = await everywhere(0, campaignId);
          expect(answers.map(({ status }) => status)).toEqual([202, 202]);
        }
      },
      PATIENCE_MS,
    );

    test(
      'take none a second after it was paused, and the next one after it was resumed',
      async () => {
        const campaignId = await control[0].campaign();
        expect((await everywhere(0, campaignId)).map(({ status }) => status)).toEqual([202, 202]);
        expect((await control[0].call('POST', `/v1/campaigns/${campaignId}/pause`)).status).toBe(200);
        const pausedAt = performance.now();
        let lastTaken = pausedAt;
        await until('both refuse', async () => {
          const from = performance.now();
          const statuses = (await everywhere(0, campaignId)).map(({ status }) => status);
          if (statuses.includes(202)) lastTaken = from;
          return statuses.every((status) => status === 409) || undefined;
        });
        process.stdout.write(
          `sandboxes: the last call was taken ${Math.round(lastTaken - pausedAt)} ms after the pause\n`,
        );
        expect(lastTaken - pausedAt).toBeLessThan(PAUSE_ACTS_MS);
        expect((await control[0].call('POST', `/v1/campaigns/${campaignId}/resume`)).status).toBe(200);
        expect((await everywhere(0, campaignId)).map(({ status }) => status)).toEqual([202, 202]);
      },
      PATIENCE_MS,
    );

    test(
      'give one answer to a call that is made at both at once, and one mail',
      async () => {
        const campaignId = await control[0].campaign();
        const call = { requestId: unique('both'), recipients: [recipient()] };
        const answers = await Promise.all(
          Array.from({ length: 20 }, async (_, index) => ingress[index % 2]?.[0].trigger(campaignId, call)),
        );
        expect(new Set(answers.map((answer) => answer?.status))).toEqual(new Set([202]));
        expect(new Set(answers.map((answer) => answer?.body.executionId)).size).toBe(1);
        const message = await control[0].finalMessage(answers[0]?.body.executionId ?? '');
        expect(mail.received.filter((id) => id === message.messageId)).toHaveLength(1);
      },
      PATIENCE_MS,
    );
  });

  test(
    'two sandboxes at once: each sends its own, and sees nothing of the other',
    async () => {
      const campaigns = await Promise.all([control[0].campaign(), control[1].campaign()]);
      const userId = `${unique('both')}@example.com`;
      await control[0].call('POST', '/v1/suppressions', { channel: 'email', address: userId, reason: 'manual' });
      const requestId = unique('same');
      const call = { requestId, recipients: [recipient({ userId })] };
      const [blue, green] = await Promise.all(
        ([0, 1] as const).map(async (sandbox) => {
          const { body } = (await ingress[sandbox]?.[sandbox].trigger(campaigns[sandbox] ?? '', call)) ?? {
            body: undefined,
          };
          return control[sandbox].finalMessage(body?.executionId ?? '');
        }),
      );
      expect(blue).toMatchObject({ state: 'excluded', reason: 'suppressed' });
      expect(green).toMatchObject({ state: 'sent' });
      for (const clients of ingress) expect((await clients[1].trigger(campaigns[0] ?? '')).status).toBe(404);
      expect((await control[1].call('GET', `/v1/executions/${blue?.executionId}`)).status).toBe(404);
    },
    PATIENCE_MS,
  );
}
