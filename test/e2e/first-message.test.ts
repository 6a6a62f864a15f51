import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recipient, unique } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

/** Made elsewhere: it must arrive byte for byte. */
const RESET_URL = 'https://accounts.example/reset?token=a%2Fb%2Bc==&user=ada&name=Ærøskøbing&next=%2Fhome%3Ftab%3D1';

let herald: Herald;
beforeAll(async () => {
  herald = await startHerald();
});
afterAll(() => herald.dispose());

const mailOf = (messageId: string) =>
  until(`mail ${messageId}`, async () =>
    (await herald.inbox()).find((mail) => mail.messageId.startsWith(`${messageId}@`)),
  );

describe('one call becomes a delivered email', () => {
  test('with the reset URL byte for byte, in the text and behind the link', async () => {
    const campaignId = await herald.campaign();
    const to = `${unique('ada')}@example.com`;
    const answer = await herald.trigger(campaignId, {
      recipients: [recipient({ userId: to, context: { name: 'Ada <b>', resetUrl: RESET_URL } })],
    });
    expect(answer.status).toBe(202);
    const message = await herald.finalMessage(answer.body.executionId);
    expect(message).toMatchObject({ state: 'sent', reason: 'accepted', provider: 'smtp', attempts: 1 });

    const mail = await mailOf(message.messageId);
    expect(mail.envelope.to).toEqual([to]);
    expect(mail.subject).toBe('Reset your password, Ada <b>');
    expect(mail.text).toContain(RESET_URL);
    expect(mail.html).toContain('Hello Ada &lt;b&gt;');
    expect(linkIn(mail.html)).toBe(RESET_URL);
  });

  test('with a time line that says where the time went', async () => {
    const campaignId = await herald.campaign();
    const { body } = await herald.trigger(campaignId);
    const { timeline } = await herald.finalMessage(body.executionId);
    expect(timeline.map(({ step }) => step)).toEqual(['accepted', 'resolved', 'rendered', 'claimed', 'sent']);
    for (const { ms } of timeline) expect(ms).toBeGreaterThanOrEqual(0);
  });

  test('to many recipients of one call, each with a state of its own', async () => {
    const campaignId = await herald.campaign();
    const recipients = Array.from({ length: 20 }, () => recipient());
    const { body } = await herald.trigger(campaignId, { recipients });
    await until('all 20 are sent', async () => {
      const { body: view } = await herald.call<{ states: Record<string, number> }>(
        'GET',
        `/v1/executions/${body.executionId}`,
      );
      return view.states['sent'] === 20 ? view : undefined;
    });
  });

  test('through the call that the campaign generated', async () => {
    const campaignId = await herald.campaign();
    const generated = await herald.call<{
      endpoint: string;
      headers: Record<string, string>;
      body: { requestId: string; recipients: { context: Record<string, string> }[] };
    }>('GET', `/v1/campaigns/${campaignId}/curl`);
    const call = generated.body.body;
    expect(Object.keys(call.recipients[0]?.context ?? {}).toSorted()).toEqual(['name', 'resetUrl']);
    const answer = await herald.call<{ executionId: string }>('POST', new URL(generated.body.endpoint).pathname, call);
    expect(answer.status).toBe(202);
    expect((await herald.finalMessage(answer.body.executionId)).state).toBe('sent');
  });

  test('at the first call after activation', async () => {
    for (let round = 0; round < 5; round += 1) {
      const campaignId = await herald.campaign();
      expect((await herald.trigger(campaignId)).status).toBe(202);
    }
  });
});

describe('profiles', () => {
  const aep = (userId: string, over: object = {}): object => recipient({ type: 'aep', userId, ...over });

  test('an unknown recipient is created once, with the identity only, where the campaign says so', async () => {
    const campaignId = await herald.campaign({ createProfiles: true });
    const userId = `${unique('new')}@example.com`;
    const recipients = [aep(userId, { context: { name: 'Ada', resetUrl: RESET_URL } })];
    const calls = await Promise.all(Array.from({ length: 20 }, () => herald.trigger(campaignId, { recipients })));
    const messages = await Promise.all(calls.map(({ body }) => herald.finalMessage(body.executionId)));
    for (const { state } of messages) expect(state).toBe('sent');
    const mail = await mailOf(messages[0]?.messageId ?? '');
    expect(mail.envelope.to).toEqual([userId]);
    expect(mail.text).toContain(RESET_URL);
    expect(linkIn(mail.html)).toBe(RESET_URL);
    const { body } = await herald.call('GET', `/v1/profiles/email/${encodeURIComponent(userId)}`);
    expect(body).toMatchObject({
      identities: [{ namespace: 'email', value: userId }],
      dataset: 'AJO Interactive Messaging Profile Dataset',
    });
    expect(body['attributes']).toEqual({});
  });

  test('an unknown recipient is refused where it does not', async () => {
    const campaignId = await herald.campaign();
    const recipients = [aep(`${unique('unknown')}@example.com`)];
    expect(await herald.trigger(campaignId, { recipients })).toMatchObject({
      status: 400,
      body: { report: { additionalContext: { code: 'profile-unknown', field: 'recipients[0].userId' } } },
    });
  });

  test("a known one is greeted by name, and the call's own values hold for one message alone", async () => {
    const campaignId = await herald.campaign({
      content: { subject: 'Hello {{profile.person.name.firstName}}', html: '<p>Hi</p>' },
    });
    const userId = `${unique('known')}@example.com`;
    const path = `/v1/profiles/email/${encodeURIComponent(userId)}`;
    const attributes = { person: { name: { firstName: 'Grace' } } };
    await herald.call('PUT', path, { attributes });
    const subjectOf = async (over: object): Promise<string> => {
      const { body } = await herald.trigger(campaignId, { recipients: [aep(userId, over)] });
      return (await mailOf((await herald.finalMessage(body.executionId)).messageId)).subject;
    };
    expect(await subjectOf({ profile: { 'person.name.firstName': 'Ada' } })).toBe('Hello Ada');
    expect(await subjectOf({})).toBe('Hello Grace');
    expect((await herald.call('GET', path)).body).toMatchObject({ attributes });
  });

  test('context is for one message: a second call without it does not see it', async () => {
    const campaignId = await herald.campaign({
      createProfiles: true,
      content: { subject: 'Code {{context.code}}', html: '<p>x</p>' },
    });
    const userId = `${unique('twice')}@example.com`;
    const subjects: string[] = [];
    for (const context of [{ code: '123456' }, {}]) {
      const { body } = await herald.trigger(campaignId, { recipients: [aep(userId, { context })] });
      subjects.push((await mailOf((await herald.finalMessage(body.executionId)).messageId)).subject);
    }
    expect(subjects).toEqual(['Code 123456', 'Code']);
  });
});

test('a suppressed address gets nothing, from the next message on', async () => {
  const campaignId = await herald.campaign();
  const userId = `${unique('Suppressed')}@example.com`;
  await herald.call('POST', '/v1/suppressions', { channel: 'email', address: userId.toLowerCase(), reason: 'manual' });
  const { body } = await herald.trigger(campaignId, { recipients: [recipient({ userId })] });
  expect(await herald.finalMessage(body.executionId)).toMatchObject({ state: 'excluded', reason: 'suppressed' });
});

/** Where the first link leads, as a mail client reads it. */
function linkIn(html: string): string {
  const href = /href="([^"]*)"/.exec(html)?.[1] ?? '';
  return href.replace(
    /&(?:amp|#x3D|#x27|quot|lt|gt);/g,
    (entity) =>
      ({ '&amp;': '&', '&#x3D;': '=', '&#x27;': "'", '&quot;': '"', '&lt;': '<', '&gt;': '>' })[entity] ?? entity,
  );
}
