import type { Channel, MessageView } from '@herald/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { phone, recipient, unique, type CampaignOver } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';

let herald: Herald;
let pushInfo: object;
let endpoint: string;
beforeAll(async () => {
  herald = await startHerald({ HERALD_SMS_CAP: '0', HERALD_PUSH_CAP: '0' });
  const { body } = await herald.call<{ pushInfo: object; subscription: { endpoint: string } }>(
    'POST',
    '/v1/inbox/push-subscriptions',
  );
  pushInfo = body.pushInfo;
  endpoint = body.subscription.endpoint;
}, 30_000);
afterAll(() => herald.dispose());

const campaigns = new Map<string, Promise<string>>();
/** One live campaign of each kind. */
function campaignOf(over: CampaignOver): Promise<string> {
  const name = JSON.stringify(over);
  const campaign = campaigns.get(name) ?? herald.campaign(over);
  campaigns.set(name, campaign);
  return campaign;
}
async function endOf(over: CampaignOver, one: object): Promise<MessageView> {
  const { status, body } = await herald.trigger(await campaignOf(over), { recipients: [one] });
  expect(status).toBe(202);
  return herald.finalMessage(body.executionId);
}

describe('the suppression list acts on the next message', () => {
  const suppress = async (channel: Channel, address: string): Promise<void> => {
    expect((await herald.call('POST', '/v1/suppressions', { channel, address })).status).toBe(201);
  };
  const release = async (channel: Channel, address: string): Promise<void> => {
    const path = `/v1/suppressions/${channel}/${encodeURIComponent(address)}`;
    expect((await herald.call('DELETE', path)).status).toBe(204);
  };

  test.each<[string, Channel, string, () => object]>([
    ['address', 'email', 'Ada@example.com', () => recipient({ userId: 'ada@EXAMPLE.com' })],
    ['domain', 'email', '@blocked.example', () => recipient({ userId: 'Eve@Blocked.Example' })],
    ['address', 'sms', '+15551230000', () => phone({ userId: '+15551230000' })],
    ['prefix', 'sms', '+1555123*', () => phone({ userId: '+15551239999' })],
  ])('by %s on %s: %s', async (by, channel, entry, to) => {
    expect(await endOf({ channel }, to())).toMatchObject({ state: 'sent' });
    await suppress(channel, entry);
    expect(await endOf({ channel }, to())).toMatchObject({ state: 'excluded', reason: 'suppressed', detail: by });
    await release(channel, entry);
    expect(await endOf({ channel }, to())).toMatchObject({ state: 'sent' });
  });

  test('by the endpoint of a push, given by itself or as the subscription', async () => {
    const to = () => recipient({ namespace: 'crm', userId: unique('device'), channelData: { pushInfo } });
    for (const address of [endpoint, (pushInfo as { token: string }).token]) {
      expect(await endOf({ channel: 'push' }, to())).toMatchObject({ state: 'sent' });
      await suppress('push', address);
      const end = await endOf({ channel: 'push' }, to());
      expect(end).toMatchObject({ state: 'excluded', reason: 'suppressed', detail: 'address' });
      await release('push', address);
    }
  });

  test('for the address that is sent to, whoever it is and wherever it comes from', async () => {
    const address = `${unique('shared')}@example.com`;
    const crm = unique('crm');
    const attributes = { 'personalEmail.address': address };
    await herald.call('PUT', `/v1/profiles/crm/${crm}`, { attributes });
    await suppress('email', address);
    const excluded = { state: 'excluded', reason: 'suppressed' };
    expect(await endOf({}, recipient({ type: 'aep', namespace: 'crm', userId: crm }))).toMatchObject(excluded);
    expect(await endOf({}, recipient({ channelData: { emailAddress: address } }))).toMatchObject(excluded);
    // The call's own address takes the place of the profile's.
    const emailAddress = `${unique('other')}@example.com`;
    const elsewhere = recipient({ type: 'aep', namespace: 'crm', userId: crm, channelData: { emailAddress } });
    expect(await endOf({}, elsewhere)).toMatchObject({ state: 'sent' });
  });

  test('in its own sandbox only, and after an import', async () => {
    const address = `${unique('imported')}@example.com`;
    const { body } = await herald.call<{ key: string }>('POST', '/v1/keys', {
      name: 'dev',
      scopes: ['control'],
      sandbox: 'dev',
    });
    const line = JSON.stringify({ channel: 'email', address });
    const headers = { 'content-type': 'application/x-ndjson' };
    await herald.as(body.key).call('POST', '/v1/suppressions/import', line, headers);
    expect(await endOf({}, recipient({ userId: address }))).toMatchObject({ state: 'sent' });
    await herald.call('POST', '/v1/suppressions/import', line, headers);
    expect(await endOf({}, recipient({ userId: address }))).toMatchObject({ state: 'excluded', reason: 'suppressed' });
  });
});

describe('consent', () => {
  const ALLOWED = { state: 'sent' };
  const refused = (reason: string, detail: string) => ({ state: 'excluded', reason, detail });
  const marketing = (detail: string) => refused('no-consent', `consents.marketing.${detail}.val`);
  const transactional = (detail: string) => refused('opted-out', `consents.transactional.${detail}.val`);
  const NUMBER = '+15550001111';

  async function endWith(
    channel: Channel,
    category: 'marketing' | 'transactional',
    attributes: object,
    profile: object = {},
  ): Promise<MessageView> {
    const userId = unique('person');
    const addresses = {
      'personalEmail.address': `${userId}@example.com`,
      'mobilePhone.number': NUMBER,
      pushNotificationDetails: [pushInfo],
    };
    await herald.call('PUT', `/v1/profiles/crm/${userId}`, { attributes: { ...addresses, ...attributes } });
    const one = recipient({ type: 'aep', namespace: 'crm', userId, profile, context: { code: '1', name: 'Ada' } });
    return endOf({ channel, category }, one);
  }

  test.each<[string, object, object, object]>([
    // What the profile says; the end of a marketing message; the end of a transactional one.
    ['nothing', {}, ALLOWED, ALLOWED],
    ['no to marketing here', { 'consents.marketing.CHANNEL.val': 'n' }, marketing('CHANNEL'), ALLOWED],
    ['no to marketing anywhere', { 'consents.marketing.any.val': 'n' }, marketing('any'), ALLOWED],
    ['no by default', { 'consents.marketing.any.val': 'dn' }, marketing('any'), ALLOWED],
    [
      'no to marketing, but yes to it here',
      { 'consents.marketing.any.val': 'n', 'consents.marketing.CHANNEL.val': 'y' },
      ALLOWED,
      ALLOWED,
    ],
    [
      'yes to marketing, but no to it here',
      { 'consents.marketing.any.val': 'y', 'consents.marketing.CHANNEL.val': 'n' },
      marketing('CHANNEL'),
      ALLOWED,
    ],
    [
      'no to marketing, and nothing yet here',
      { 'consents.marketing.any.val': 'n', 'consents.marketing.CHANNEL.val': 'u' },
      marketing('any'),
      ALLOWED,
    ],
    ['no to marketing elsewhere', { 'consents.marketing.whatsApp.val': 'n' }, ALLOWED, ALLOWED],
    ['no to everything here', { 'consents.transactional.CHANNEL.val': 'n' }, ALLOWED, transactional('CHANNEL')],
    ['no to everything', { 'consents.transactional.any.val': 'n' }, ALLOWED, transactional('any')],
  ])('where the profile says %s', async (_, attributes, ofMarketing, ofTransactional) => {
    for (const channel of ['email', 'sms', 'push'] as const) {
      const named = (value: object): object =>
        JSON.parse(JSON.stringify(value).replaceAll('CHANNEL', channel)) as object;
      expect(await endWith(channel, 'marketing', named(attributes))).toMatchObject(named(ofMarketing));
      expect(await endWith(channel, 'transactional', named(attributes))).toMatchObject(named(ofTransactional));
    }
  });

  test('a call may say no for a person, and not yes in place of a no', async () => {
    const [yes, no] = ['y', 'n'].map((val) => ({ 'consents.marketing.email.val': val }));
    expect(await endWith('email', 'marketing', no ?? {}, yes)).toMatchObject(marketing('email'));
    expect(await endWith('email', 'marketing', yes ?? {}, no)).toMatchObject(marketing('email'));
    expect(await endWith('email', 'marketing', yes ?? {}, yes)).toMatchObject(ALLOWED);
  });

  test('acts on the next message after it was changed', async () => {
    const userId = `${unique('person')}@example.com`;
    const path = `/v1/profiles/email/${encodeURIComponent(userId)}`;
    await herald.call('PUT', path, { attributes: { 'person.name.firstName': 'Ada' } });
    const end = () => endOf({ category: 'marketing' }, recipient({ type: 'aep', userId }));
    expect(await end()).toMatchObject(ALLOWED);
    await herald.call('PATCH', path, { attributes: { 'consents.marketing.email.val': 'n' } });
    expect(await end()).toMatchObject(marketing('email'));
    await herald.call('PATCH', path, { attributes: { 'consents.marketing.email.val': null } });
    expect(await end()).toMatchObject(ALLOWED);
  });
});

test('XDM’s names reach each channel: personalEmail.address, mobilePhone.number, pushNotificationDetails', async () => {
  const ecid = unique('ecid');
  const [email, number] = [`${unique('xdm')}@example.com`, '+15550002222'];
  await herald.call('PUT', `/v1/profiles/ecid/${ecid}`, {
    attributes: {
      person: { name: { firstName: 'Ada' } },
      personalEmail: { address: email },
      'mobilePhone.number': number,
      pushNotificationDetails: [pushInfo],
    },
  });
  const content = { subject: 'Hi {{profile.person.name.firstName}}', html: '<p>{{profile.personalEmail.address}}</p>' };
  const one = recipient({ type: 'aep', namespace: 'ecid', userId: ecid, context: { code: '1', name: 'Ada' } });
  for (const over of [{ content }, { channel: 'sms' }, { channel: 'push' }] as const)
    expect(await endOf(over, one)).toMatchObject({ state: 'sent' });
  for (const [channel, to] of [
    ['email', email],
    ['sms', number],
    ['push', endpoint],
  ] as const) {
    expect((await herald.received({ channel, to })).length).toBeGreaterThan(0);
  }
  const [mail] = await herald.inbox();
  expect(mail).toMatchObject({ subject: 'Hi Ada', html: expect.stringContaining(email) });
});
