import type { Profile } from '@herald/store';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FINAL, recipient, unique } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';
import type { ExecutionView } from '@herald/contracts';

let herald: Herald;
afterEach(() => herald.dispose());

const DATASET = 'AJO Interactive Messaging Profile Dataset';
const at = (namespace: string, value: string): string => `/v1/profiles/${namespace}/${encodeURIComponent(value)}`;
const counts = async (): Promise<object> => (await herald.call('GET', '/v1/profiles/counts')).body;
const created = async (): Promise<Profile[]> =>
  (await herald.call<{ items: Profile[] }>('GET', '/v1/profiles?dataset=created&limit=100')).body.items;
const aep = (namespace: string, userId: string, over: object = {}): object =>
  recipient({ type: 'aep', namespace, userId, ...over });
async function send(campaignId: string, one: object): Promise<string> {
  const { status, body } = await herald.trigger(campaignId, { recipients: [one] });
  expect(status).toBe(202);
  return body.executionId;
}

describe('creation by calls', () => {
  test('of one person 100 times at once makes one profile, and every message is sent', async () => {
    herald = await startHerald();
    const campaignId = await herald.campaign({ createProfiles: true });
    const userId = `${unique('new')}@example.com`;
    const spellings = [userId, userId.toUpperCase(), ` ${userId}`];
    const executions = await Promise.all(
      Array.from({ length: 100 }, (_, n) => send(campaignId, aep('email', spellings[n % 3] ?? userId))),
    );
    for (const executionId of executions) expect((await herald.finalMessage(executionId)).state).toBe('sent');
    expect(await counts()).toEqual({ total: 1, created: 1, dataset: DATASET });
    const [profile, ...others] = await created();
    expect(others).toEqual([]);
    expect(profile).toMatchObject({ dataset: DATASET, identities: [{ namespace: 'email' }] });
    expect(profile?.attributes).toEqual({});
  });

  test('of one person by one call makes one profile, and sends one message', async () => {
    herald = await startHerald();
    const campaignId = await herald.campaign({ createProfiles: true });
    const userId = `${unique('new')}@example.com`;
    const executionId = await send(campaignId, aep('email', userId));
    expect(await herald.finalMessage(executionId)).toMatchObject({ state: 'sent' });
    expect(await counts()).toEqual({ total: 1, created: 1, dataset: DATASET });
    const { body } = await herald.call<ExecutionView>('GET', `/v1/executions/${executionId}`);
    expect(body.messages).toHaveLength(1);
    const mails = await until('the mail', async () => {
      const received = await herald.received({ to: userId });
      return received.length > 0 ? received : undefined;
    });
    expect(mails).toHaveLength(1);
  });

  test('never touches a profile that is there, and keeps created ones apart', async () => {
    herald = await startHerald();
    const campaignId = await herald.campaign({ createProfiles: true });
    const known = `${unique('known')}@example.com`;
    const attributes = { person: { name: { firstName: 'Grace' } } };
    const { body: before } = await herald.call('PUT', at('email', known), { attributes });
    const over = { profile: { 'person.name.firstName': 'Ada' }, context: { secret: 'context' } };
    const fresh = `${unique('fresh')}@example.com`;
    for (const userId of [known, fresh]) await herald.finalMessage(await send(campaignId, aep('email', userId, over)));
    expect((await herald.call('GET', at('email', known))).body).toEqual(before);
    expect(await counts()).toEqual({ total: 2, created: 1, dataset: DATASET });
    const [only] = await created();
    // Its identity, and nothing of what the call said.
    expect(only?.identities).toEqual([{ namespace: 'email', value: fresh }]);
    expect(only?.attributes).toEqual({});
    expect(JSON.stringify(only)).not.toMatch(/Ada|context/);
  });

  test.each([
    ['email', 'Email', `${unique('a')}@example.com`, {}],
    ['sms', 'Phone', '+4520123456', {}],
    ['push', 'ECID', '38400000-8cf0-11bd-b23e-10b96e40000d', { push: true }],
    ['email', 'Loyalty.ID', 'gold/4711', { channelData: { emailAddress: `${unique('b')}@example.com` } }],
    ['sms', 'loyalty', 'gold-4711', { channelData: { mobilePhoneNumber: '+4520123457' } }],
  ] as const)(
    '%s: somebody unknown in the namespace %s is created and reached',
    async (channel, namespace, userId, over) => {
      herald = await startHerald();
      const { push, ...rest }: { push?: boolean; channelData?: object } = over;
      const pushInfo = push
        ? (await herald.call<{ pushInfo: object }>('POST', '/v1/inbox/push-subscriptions')).body.pushInfo
        : undefined;
      const data = pushInfo === undefined ? rest : { channelData: { pushInfo } };
      const campaignId = await herald.campaign({ channel, createProfiles: true, namespace });
      const context = { code: '1', name: 'Ada' };
      const message = await herald.finalMessage(await send(campaignId, aep(namespace, userId, { ...data, context })));
      expect(message).toMatchObject({ state: 'sent', channel });
      expect((await created()).map(({ identities }) => identities)).toEqual([[{ namespace, value: userId }]]);
      expect((await herald.call('GET', at(namespace.toLowerCase(), userId))).status).toBe(200);
    },
  );

  test('is in the namespace of the call, where the campaign names another', async () => {
    herald = await startHerald();
    const campaignId = await herald.campaign({
      namespace: 'loyalty',
      createProfiles: true,
      content: { subject: 'Hello {{profile.name}}', html: '<p>Hi</p>' },
    });
    // Both are there in the namespace of the campaign, one of them in that of the call too.
    const [known, fresh] = [unique('4711'), unique('4712')];
    for (const userId of [known, fresh])
      await herald.call('PUT', at('loyalty', userId), { attributes: { name: 'No' } });
    await herald.call('PUT', at('crm', known), { attributes: { name: 'Ada' } });
    const subjectOf = async (userId: string): Promise<string> => {
      const emailAddress = `${userId}@example.com`;
      const executionId = await send(campaignId, aep('crm', userId, { channelData: { emailAddress } }));
      expect(await herald.finalMessage(executionId)).toMatchObject({ state: 'sent' });
      const mail = await until('the mail', async () =>
        (await herald.inbox()).find(({ envelope }) => envelope.to.includes(emailAddress)),
      );
      return mail.subject;
    };
    expect([await subjectOf(known), await subjectOf(fresh)]).toEqual(['Hello Ada', 'Hello']);
    expect((await created()).map(({ identities }) => identities)).toEqual([[{ namespace: 'crm', value: fresh }]]);
  });

  test('is the default namespace of each channel', async () => {
    herald = await startHerald();
    const namespaces = [];
    for (const channel of ['email', 'sms', 'push'] as const) {
      const id = await herald.campaign({ channel });
      namespaces.push((await herald.call('GET', `/v1/campaigns/${id}`)).body['namespace']);
    }
    expect(namespaces).toEqual(['email', 'phone', 'ecid']);
  });

  test('is capped per minute: what is over waits, those who are known go on, and each person counts once', async () => {
    const CAP = 5;
    herald = await startHerald({ HERALD_PROFILE_CREATION_CAP: String(CAP) });
    const campaignId = await herald.campaign({ createProfiles: true, timeToLive: 600 });
    const known = `${unique('known')}@example.com`;
    await herald.call('PUT', at('email', known), { attributes: {} });
    const minute = (): number => Math.floor(Date.now() / 60_000);
    // The rest of this minute has to be enough for what follows.
    await until(
      'a minute has just begun, or has a while to go',
      () => Date.now() % 60_000 < 50_000 || undefined,
      15_000,
    );
    const begun = minute();
    const people = Array.from({ length: 12 }, () => `${unique('new')}@example.com`);
    const executions = await Promise.all(
      people.flatMap((userId) => [send(campaignId, aep('email', userId)), send(campaignId, aep('email', userId))]),
    );
    const ofKnown = await Promise.all(Array.from({ length: 20 }, () => send(campaignId, aep('email', known))));
    for (const executionId of ofKnown) expect((await herald.finalMessage(executionId)).state).toBe('sent');
    const states = async (): Promise<string[]> =>
      Promise.all(
        executions.map(async (id) => {
          const { body } = await herald.call<ExecutionView>('GET', `/v1/executions/${id}`);
          return body.messages[0]?.state ?? '';
        }),
      );
    await until('as many are sent as may be created', async () => {
      const sent = (await states()).filter((state) => state === 'sent').length;
      return sent === 2 * CAP || undefined;
    });
    expect(minute()).toBe(begun);
    expect(await counts()).toEqual({ total: CAP + 1, created: CAP, dataset: DATASET });
    expect((await states()).filter((state) => !FINAL.includes(state))).toHaveLength(2 * (people.length - CAP));
    const metrics = await herald.metrics();
    expect(metrics).toContain(`herald_profile_creations_total{outcome="created"} ${CAP}\n`);
    expect(metrics).toMatch(/herald_profile_creations_total\{outcome="held"\} [1-9]/);
    // Another sandbox has a cap of its own.
    const { body } = await herald.call<{ key: string }>('POST', '/v1/keys', {
      name: 'dev',
      scopes: ['execute', 'read', 'control'],
      sandbox: 'dev',
    });
    const dev = herald.as(body.key);
    const there = await dev.campaign({ createProfiles: true });
    const sent = await dev.trigger(there, { recipients: [aep('email', people[11] ?? '')] });
    expect(await dev.finalMessage(sent.body.executionId)).toMatchObject({ state: 'sent' });
  }, 60_000);

  test('over the cap ends as expired when its time to live is over', async () => {
    herald = await startHerald({ HERALD_PROFILE_CREATION_CAP: '1' });
    const campaignId = await herald.campaign({ createProfiles: true, timeToLive: 1 });
    // Two windows at most are touched: of three, one at least is over the cap.
    const executions = await Promise.all(
      Array.from({ length: 3 }, () => send(campaignId, aep('email', `${unique('new')}@example.com`))),
    );
    const ends = await Promise.all(executions.map(async (id) => (await herald.finalMessage(id)).state));
    expect(ends).toContain('expired');
    expect(ends).toContain('sent');
  });
});
