import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { launch, notRun } from '../env/index.ts';
import { createClient, type Client } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { ADMIN_KEY } from '../support/standalone.ts';
import { until } from '../support/until.ts';
import { createInstallation, type Installation } from './support/installation.ts';
import type { HeraldProcess } from './support/process.ts';
import { reconcile, startTraffic, type Account, type Traffic } from './support/traffic.ts';

const PER_SECOND = 40;
const RECIPIENTS = 20;
/** What passes through a new arrangement before the next change, so that each of them has work. */
const MEANWHILE = 30;
const SCALED = ['profile', 'render', 'sender-email', 'tracker', 'scheduler', 'ingress'] as const;
/** Each of them once. */
const KILLED: readonly (readonly string[])[] = [
  ['profile', 'sender-email', 'ingress'],
  ['render', 'tracker', 'scheduler'],
];
const SHUTDOWN_MS = 10_000;

const { kafka, mongo } = await launch({ kafka: true, mongo: true });
const run = kafka === undefined || mongo === undefined ? undefined : { brokers: kafka.brokers, mongoUrl: mongo.url };

if (run === undefined) notRun('roles scaled, stopped and killed under traffic');
else {
  let installation: Installation;
  let mail: MailServer;
  let traffic: Traffic;
  let control: Client;
  const running = new Map<string, HeraldProcess[]>();
  const measured: string[] = [];

  const add = async (roles: string): Promise<HeraldProcess> => {
    const started = await installation.start(roles);
    running.set(roles, [...(running.get(roles) ?? []), started]);
    return started;
  };
  const remove = (roles: string): HeraldProcess => {
    const [first, ...rest] = running.get(roles) ?? [];
    if (first === undefined) throw new Error(`${roles} does not run`);
    running.set(roles, rest);
    return first;
  };
  let turn = 0;
  const anIngress = (): Client => {
    const all = [...(running.get('ingress') ?? []), ...(running.get('ingress,render') ?? [])];
    const { url } = all[(turn += 1) % all.length] as HeraldProcess;
    return createClient(url, ADMIN_KEY);
  };
  /** The mail server has so many more; returns how long the longest silence was. */
  const flow = async (messages = MEANWHILE): Promise<number> => {
    const wanted = mail.received.length + messages;
    let last = mail.received.length;
    let lastAt = performance.now();
    let silence = 0;
    await until(
      `${messages} more mails`,
      () => {
        const now = performance.now();
        silence = Math.max(silence, now - lastAt);
        if (mail.received.length > last) [last, lastAt] = [mail.received.length, now];
        return mail.received.length >= wanted || undefined;
      },
      60_000,
    );
    return Math.round(silence);
  };
  const whole = async (): Promise<Account> => {
    await traffic.stop();
    return reconcile(control, traffic, mail);
  };
  const begin = async (): Promise<void> => {
    mail.received.splice(0);
    const campaignId = await control.campaign({ timeToLive: 600 });
    traffic = startTraffic({ client: anIngress, campaignId, perSecond: PER_SECOND, recipients: RECIPIENTS });
    await flow();
  };

  beforeAll(async () => {
    mail = await startMailServer();
    installation = await createInstallation({
      ...run,
      env: {
        HERALD_SMTP_URL: mail.url,
        HERALD_EMAIL_CAP: '0',
        HERALD_SHUTDOWN_MS: String(SHUTDOWN_MS),
        // Longer than the start of processes holds up a small machine: an answer that comes too late is a call that is made again.
        HERALD_PROVIDER_TIMEOUT_MS: '5000',
        HERALD_LEASE_MS: '7000',
      },
    });
    const started = await Promise.all([...SCALED, 'control'].map(add));
    measured.push(
      `start of ${started.length} processes at once: ${Math.max(...started.map((one) => Math.round(one.startMs)))} ms`,
    );
    control = createClient(running.get('control')?.[0]?.url ?? '', ADMIN_KEY);
  }, 120_000);
  afterAll(async () => {
    process.stdout.write(`scaling: ${measured.join('; ')}\n`);
    await installation.dispose();
    await mail.close();
  }, 60_000);

  describe('under steady traffic', () => {
    test('each role is scaled to three and back, split and fused mixed: each message once', async () => {
      await installation.explained(async () => {
        await begin();
        for (const roles of SCALED) {
          await Promise.all([add(roles), add(roles)]);
          const joining = await flow();
          const ended = [await remove(roles).stop(), await remove(roles).stop()];
          const leaving = await flow();
          measured.push(`${roles}: silence ${joining} ms as two join, ${leaving} as two leave`);
          for (const { code, ms } of ended) {
            expect([roles, code]).toEqual([roles, 0]);
            expect(ms).toBeLessThan(SHUTDOWN_MS);
          }
          measured.push(`${roles}: SIGTERM to the end ${ended.map(({ ms }) => Math.round(ms)).join(' and ')} ms`);
        }
        // A fused process beside those of one role each; and one that holds ends of the chain that do not meet.
        await Promise.all([add('profile,render,sender-email'), add('ingress,render')]);
        await flow();
        for (const roles of ['render', 'sender-email']) expect((await remove(roles).stop()).code).toBe(0);
        await flow();
        await Promise.all([add('render'), add('sender-email')]);
        for (const roles of ['profile,render,sender-email', 'ingress,render']) {
          expect((await remove(roles).stop()).code).toBe(0);
        }
        await flow();
        const account = await whole();
        expect(account).toMatchObject({ lost: [], notSent: [], doubled: [] });
        // A partition that changed hands is handed over again from its last commit, and those records promise no order.
        expect(account.outOfOrder.length).toBeLessThanOrEqual(account.accepted / 100);
        expect(account.received).toBe(account.accepted);
        measured.push(`${account.accepted} messages scaled, refusals ${JSON.stringify([...traffic.refused])}`);
      });
    }, 240_000);

    test('each role is killed and started again: nothing lost, nothing doubled outside the window', async () => {
      await installation.explained(async () => {
        await begin();
        for (const together of KILLED) {
          const from = performance.now();
          // An ingress that nobody calls any more is no interruption: another one is there first, as behind a balancer.
          if (together.includes('ingress')) await add('ingress');
          const victims = together.map(remove);
          for (const { signal } of await Promise.all(victims.map((one) => one.kill()))) expect(signal).toBe('SIGKILL');
          expect(victims.some((one) => one.running())).toBe(false);
          await Promise.all(together.filter((roles) => roles !== 'ingress').map(add));
          await flow(5);
          measured.push(`${together.join()}: mails again ${Math.round(performance.now() - from)} ms after kill -9`);
          await flow();
        }
        const account = await whole();
        expect(account).toMatchObject({ lost: [], notSent: [], outsideTheWindow: [] });
        expect(account.received).toBe(account.accepted + account.doubled.length);
        measured.push(`${account.accepted} messages over kills, ${account.doubled.length} doubled in the window`);
      });
    }, 240_000);
  });
}
