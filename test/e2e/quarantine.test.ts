import { afterEach, expect, test } from '@jest/globals';
import { NOTICES_TOPIC, decodeNotice, type Campaign, type Notice } from '@herald/contracts';
import type { Bus } from '@herald/bus';
import type { SMTPServerAddress, SMTPServerSession } from 'smtp-server';
import { phone, recipient, unique, type CampaignOver } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { startProviderServer, type ProviderServer } from '../support/provider-server.ts';
import { hasPorts, startHerald, type Env, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

/** A campaign that fails for nearly everyone pauses itself, and nobody else's. */

let herald: Herald;
let mail: MailServer | undefined;
let twilio: ProviderServer | undefined;
let notices: Notice[] = [];
afterEach(async () => {
  await herald.dispose();
  await mail?.close();
  await twilio?.close();
  mail = twilio = undefined;
});

const BAD = 'bad@herald.example';
/** What the mail server says to a recipient of a sender; undefined: welcome. */
type Verdict = (to: string, from: string) => number | undefined;

async function start(verdict: Verdict, env: Env = {}): Promise<void> {
  mail = await startMailServer({
    onRcptTo(address: SMTPServerAddress, session: SMTPServerSession, done: (error?: Error) => void) {
      const { mailFrom } = session.envelope;
      const code = verdict(address.address, mailFrom === false ? '' : mailFrom.address);
      if (code === undefined) done();
      else done(Object.assign(new Error('no'), { responseCode: code }));
    },
  });
  await startWith({ HERALD_SMTP_URL: mail.url, ...env });
}

async function startWith(env: Env): Promise<void> {
  notices = [];
  const bus = (real: Bus): Bus => ({
    ...real,
    publish(records) {
      for (const record of records) {
        const notice = record.topic === NOTICES_TOPIC ? decodeNotice(record) : undefined;
        if (notice !== undefined) notices.push(notice);
      }
      return real.publish(records);
    },
  });
  herald = await startHerald(
    { HERALD_QUARANTINE_WINDOW_MS: '30000', HERALD_EMAIL_CAP: '0', ...env },
    hasPorts() ? { bus } : undefined,
  );
}

const badCampaign = (over: CampaignOver = {}) => herald.campaign(over, { sender: { name: '', address: BAD } });
const to = (name: string): object => recipient({ userId: `${name}-${unique('u')}@example.com` });

/** Calls of 20 recipients each. */
async function send(campaignId: string, calls: number, one: () => object): Promise<string[]> {
  const ids: string[] = [];
  for (let call = 0; call < calls; call += 1) {
    const { status, body } = await herald.trigger(campaignId, { recipients: Array.from({ length: 20 }, one) });
    if (status === 202) ids.push(body.executionId);
    else expect(status).toBe(409);
  }
  return ids;
}
const view = async (id: string): Promise<Campaign> => (await herald.call<Campaign>('GET', `/v1/campaigns/${id}`)).body;
const quarantined = (id: string, meanwhile: () => Promise<unknown> = async () => undefined) =>
  until(
    'it is in quarantine',
    async () => {
      await meanwhile();
      const campaign = await view(id);
      return campaign.pausedReason === 'quarantine' ? campaign : undefined;
    },
    30_000,
  );

test('every recipient refused: it pauses itself and says why; others go on; resumed, what waited is sent', async () => {
  let isBroken = true;
  await start((address, from) => {
    if (!isBroken || from !== BAD) return undefined;
    return address.startsWith('later') ? 451 : 550;
  });
  const bad = await badCampaign({ retryMs: Array.from({ length: 20 }, () => 1_000) });
  const good = await herald.campaign();
  const [waiting] = await send(bad, 1, () => to('later'));
  await send(bad, 3, () => to('no'));

  expect(await quarantined(bad)).toMatchObject({ state: 'paused', pausedReason: 'quarantine' });
  // Another process may learn of it a moment later.
  const refused = await until('calls are refused', async () => {
    const answer = await herald.trigger(bad);
    return answer.status === 409 ? answer : undefined;
  });
  expect(refused.body.detail).toContain('failed for nearly everyone');
  expect((await view(good)).state).toBe('live');
  const { body } = await herald.trigger(good);
  expect((await herald.finalMessage(body.executionId)).state).toBe('sent');

  if (hasPorts()) {
    await until('it was told', () => notices.length > 0 || undefined);
    expect(notices).toMatchObject([
      { type: 'campaign.quarantined', campaignId: bad, channel: 'email', provider: 'smtp', org: 'herald' },
    ]);
  }
  const audit = await herald.call<{ items: object[] }>('GET', `/v1/audit?objectType=campaign&objectId=${bad}`);
  expect(audit.body.items[0]).toMatchObject({
    keyId: 'herald',
    action: 'quarantine',
    fields: ['pausedReason', 'state'],
  });
  expect(await herald.metrics()).toMatch(/herald_alarms_total\{code="campaign-quarantined"\} 1\b/);

  isBroken = false;
  const resumed = await herald.call<Campaign>('POST', `/v1/campaigns/${bad}/resume`);
  expect([resumed.status, resumed.body.state, resumed.body.pausedReason]).toEqual([200, 'live', undefined]);
  expect((await herald.finalMessage(waiting ?? '')).state).toBe('sent');
  const after = await herald.trigger(bad, { recipients: [to('no')] });
  expect((await herald.finalMessage(after.body.executionId)).state).toBe('sent');
  // What was counted before it was resumed would have paused it again by now.
  expect((await view(bad)).state).toBe('live');
}, 90_000);

test('resumed without being repaired it pauses itself again', async () => {
  await start((_address, from) => (from === BAD ? 550 : undefined), { HERALD_QUARANTINE_WINDOW_MS: '6000' });
  const bad = await badCampaign();
  await quarantined(bad, () => send(bad, 3, () => to('no')));
  expect((await herald.call('POST', `/v1/campaigns/${bad}/resume`)).status).toBe(200);
  expect((await view(bad)).pausedReason).toBeUndefined();
  await quarantined(bad, () => send(bad, 3, () => to('no')));
  if (hasPorts()) expect(new Set(notices.map(({ id }) => id)).size).toBe(2);
}, 90_000);

test('a campaign alone in a storm of passing failures is paused, those who are sent by the same provider are not', async () => {
  await start((_address, from) => (from === BAD ? 451 : undefined), { HERALD_QUARANTINE_WINDOW_MS: '12000' });
  const bad = await badCampaign({ retryMs: [50] });
  const good = await herald.campaign();
  await quarantined(bad, async () => {
    await send(bad, 1, () => to('later'));
    await herald.trigger(good);
  });
  expect((await view(good)).state).toBe('live');
}, 90_000);

test('a provider that fails for everybody puts nobody into quarantine', async () => {
  twilio = await startProviderServer();
  twilio.answer = () => ({ status: 400, body: JSON.stringify({ code: 21211 }) });
  // Replies that open no circuit: with one that is open, messages wait and nothing ends.
  await start(() => 451, {
    HERALD_RETRY_MS: '50',
    HERALD_TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
    HERALD_TWILIO_AUTH_TOKEN: 'f'.repeat(32),
    HERALD_TWILIO_API_URL: twilio.url,
  });
  const [one, other, sms] = [
    await herald.campaign(),
    await herald.campaign(),
    await herald.campaign({ channel: 'sms' }),
  ];
  const ids = [...(await send(one, 4, () => recipient())), ...(await send(other, 4, () => recipient()))];
  for (const id of ids) expect((await herald.finalMessage(id)).state).toBe('dead');
  // Counted after them: when this one is paused, they were looked at.
  await send(sms, 3, () => phone());
  await quarantined(sms);
  expect([(await view(one)).state, (await view(other)).state]).toEqual(['live', 'live']);
  if (hasPorts()) expect(notices.map(({ campaignId }) => campaignId)).toEqual([sms]);
}, 90_000);
