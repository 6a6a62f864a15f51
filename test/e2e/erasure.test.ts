import type { MessageView } from '@herald/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { device, recipient, unique } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { hasPorts, startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
let mail: MailServer;
/** What is refused for now is tried again for as long as a test may take. */
const SETTINGS = {
  HERALD_RETRY_MS: Array.from({ length: 500 }, () => 50).join(','),
  HERALD_CONFIG_POLL_MS: '20',
};
beforeAll(async () => {
  mail = await startMailServer();
  herald = await startHerald({ ...SETTINGS, HERALD_SMTP_URL: mail.url });
}, 30_000);
afterAll(async () => {
  await herald.dispose();
  await mail.close();
});

const aep = (userId: string, over: object = {}): object => recipient({ type: 'aep', userId, ...over });
const at = (namespace: string, value: string): string => `/v1/profiles/${namespace}/${encodeURIComponent(value)}`;
const newAddress = (): string => `${unique('ada')}@example.com`;
const put = async (address: string, over: object = {}): Promise<void> => {
  const { status } = await herald.call('PUT', at('email', address), { attributes: {}, ...over });
  expect(status).toBe(200);
};
const erase = async (namespace: string, value: string): Promise<void> => {
  expect((await herald.call('DELETE', at(namespace, value))).status).toBe(200);
};
const act = async (campaignId: string, action: string): Promise<void> => {
  expect((await herald.call('POST', `/v1/campaigns/${campaignId}/${action}`)).status).toBe(200);
};
const send = async (campaignId: string, one: object): Promise<string> => {
  const { status, body } = await herald.trigger(campaignId, { recipients: [one] });
  expect(status).toBe(202);
  return body.executionId;
};
const endOf = async (executionId: string): Promise<string> => {
  const { state, reason } = await herald.finalMessage(executionId);
  return `${state} ${reason}`;
};
const isMailed = (executionId: string): boolean => mail.received.includes(`${executionId}.0`);

/** Accepts messages, which the mail server does not take for now, and pauses their campaign. */
async function inFlight(...recipients: readonly object[]): Promise<{ campaignId: string; executions: string[] }> {
  mail.refuseWith = { code: 451, text: '4.3.0 later' };
  const campaignId = await herald.campaign({ createProfiles: true });
  const executions = await Promise.all(recipients.map((one) => send(campaignId, one)));
  await act(campaignId, 'pause');
  return { campaignId, executions };
}

/** With roles switched off and on by a setting. */
const testInOneProcess = hasPorts() ? test : () => undefined;

describe('a message in flight to somebody who is erased', () => {
  test('is not sent, by whichever identity and whatever kind of recipient, and the profile is not made again', async () => {
    const [address, other, crm] = [newAddress(), newAddress(), unique('crm')];
    await put(address, {
      attributes: { 'personalEmail.address': other },
      identities: [{ namespace: 'crm', value: crm }],
    });
    const { campaignId, executions } = await inFlight(
      aep(address),
      aep(crm, { namespace: 'crm' }),
      // Without a profile, to an address that is only an attribute of hers.
      recipient({ userId: other.toUpperCase() }),
      // To an address that nobody knew to be hers, by a name of hers.
      recipient({ userId: crm, namespace: 'crm', channelData: { emailAddress: newAddress() } }),
      aep(newAddress()),
    );
    await erase('crm', crm);
    await act(campaignId, 'resume');
    const [last = '', ...hers] = executions.toReversed();
    for (const executionId of hers) expect(await endOf(executionId)).toBe('excluded erased');
    // Only now: a call of the mail server that was under way when she was erased may still go through.
    mail.refuseWith = undefined;
    expect(await endOf(last)).toBe('sent accepted');
    expect(executions.map(isMailed)).toEqual([false, false, false, false, true]);
    for (const path of [at('email', address), at('crm', crm)])
      expect((await herald.call('GET', path)).status).toBe(404);
  });

  test('ends while its campaign is paused', async () => {
    const address = newAddress();
    await put(address);
    const { executions } = await inFlight(aep(address));
    await erase('email', address);
    expect(await endOf(executions[0] ?? '')).toBe('excluded erased');
    mail.refuseWith = undefined;
  });

  testInOneProcess(
    'does not create her anew when it comes to the profiles only then, and goes to none of her devices',
    async () => {
      const pushInfo = {
        platform: 'web',
        token: JSON.stringify({
          endpoint: `https://push.example/${unique('device')}`,
          keys: { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) },
        }),
      };
      const [address, known] = [newAddress(), newAddress()];
      await put(known, { attributes: { pushNotificationDetails: [pushInfo] } });
      const campaignId = await herald.campaign({ createProfiles: true });
      const pushes = await herald.campaign({ channel: 'push' });
      // The roles that resolve and send are away while calls are accepted and people erased.
      herald = await herald.restart({ ...SETTINGS, HERALD_SMTP_URL: mail.url, HERALD_ROLES: 'ingress,control' });
      const executions = [
        await send(campaignId, aep(address)),
        await send(campaignId, aep(known)),
        await send(pushes, device(pushInfo)),
      ];
      for (const one of [address, known]) await erase('email', one);
      herald = await herald.restart({ ...SETTINGS, HERALD_SMTP_URL: mail.url });
      for (const executionId of executions) expect(await endOf(executionId)).toBe('excluded erased');
      for (const one of [address, known]) expect((await herald.call('GET', at('email', one))).status).toBe(404);
      expect(executions.map(isMailed)).toEqual([false, false, false]);
    },
  );

  test('stays unsent when she comes back; what is accepted from then on is sent', async () => {
    const address = newAddress();
    await put(address);
    const { campaignId, executions } = await inFlight(aep(address));
    await erase('email', address);
    await put(address, { attributes: { 'person.name.firstName': 'Ada' } });
    await act(campaignId, 'resume');
    expect(await endOf(executions[0] ?? '')).toBe('excluded erased');
    mail.refuseWith = undefined;
    expect(await endOf(await send(campaignId, aep(address)))).toBe('sent accepted');
    expect((await herald.call('GET', at('email', address))).body).toMatchObject({
      attributes: { person: { name: { firstName: 'Ada' } } },
    });
  });
});

describe('a call that is made after an erasure', () => {
  test('reaches her by none of her identities, and does not create her, until she is put or imported', async () => {
    const campaignId = await herald.campaign({ createProfiles: true });
    const [address, crm] = [newAddress(), unique('crm')];
    await put(address, { identities: [{ namespace: 'crm', value: crm }] });
    await erase('email', address);
    expect(await endOf(await send(campaignId, aep(address)))).toBe('excluded erased');
    expect(await endOf(await send(campaignId, recipient({ userId: address })))).toBe('excluded erased');
    const emailAddress = newAddress();
    const byCrm = recipient({ userId: crm, namespace: 'crm', channelData: { emailAddress } });
    expect(await endOf(await send(campaignId, byCrm))).toBe('excluded erased');
    expect((await herald.call('GET', at('email', address))).status).toBe(404);
    const line = {
      identities: [
        { namespace: 'email', value: address },
        { namespace: 'crm', value: crm },
      ],
      attributes: {},
    };
    await herald.call('POST', '/v1/profiles/import', JSON.stringify(line), { 'content-type': 'application/x-ndjson' });
    for (const one of [aep(address), recipient({ userId: address }), byCrm]) {
      expect(await endOf(await send(campaignId, one))).toBe('sent accepted');
    }
  });

  test('reaches somebody else who has the same address as an attribute', async () => {
    const [address, hers, his] = [newAddress(), unique('hers'), unique('his')];
    const attributes = { 'personalEmail.address': address };
    for (const value of [hers, his]) await herald.call('PUT', at('crm', value), { attributes });
    await erase('crm', hers);
    const campaignId = await herald.campaign();
    expect(await endOf(await send(campaignId, aep(his, { namespace: 'crm' })))).toBe('sent accepted');
  });
});

test('messages of an erased person are found by their ids, and by the person no more', async () => {
  const address = newAddress();
  const campaignId = await herald.campaign();
  const executionId = await send(campaignId, recipient({ userId: address }));
  const { messageId } = await herald.finalMessage(executionId);
  const found = async (): Promise<number> => {
    const path = `/v1/messages?userId=${encodeURIComponent(address)}`;
    return (await herald.call<{ items: MessageView[] }>('GET', path)).body.items.length;
  };
  await until('it is found', async () => (await found()) === 1 || undefined);
  await erase('email', address);
  expect(await found()).toBe(0);
  expect((await herald.call('GET', `/v1/messages/${messageId}`)).status).toBe(200);
});
