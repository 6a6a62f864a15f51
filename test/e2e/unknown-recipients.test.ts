import type { ExecutionView, MessageView } from '@herald/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FINAL, recipient, unique } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
let campaignId: string;
beforeAll(async () => {
  herald = await startHerald();
  campaignId = await herald.campaign();
}, 30_000);
afterAll(() => herald.dispose());

const aep = (userId: string): object => recipient({ type: 'aep', userId });
const newAddress = (): string => `${unique('user')}@example.com`;
const at = (address: string): string => `/v1/profiles/email/${encodeURIComponent(address)}`;
async function known(): Promise<string> {
  const address = newAddress();
  await herald.call('PUT', at(address), { attributes: {} });
  return address;
}
const ended = (executionId: string): Promise<ExecutionView> =>
  until('every message has ended', async () => {
    const { body } = await herald.call<ExecutionView>('GET', `/v1/executions/${executionId}`);
    return body.messages.every(({ state }) => FINAL.includes(state)) ? body : undefined;
  });

describe('where a campaign creates no profiles', () => {
  test('a call to one unknown recipient fails, and leaves nothing behind', async () => {
    const requestId = unique('request');
    const address = newAddress();
    const call = () => herald.trigger(campaignId, { requestId, recipients: [aep(address)] });
    const { status, body } = await call();
    expect([status, body.type, body.title]).toEqual([
      400,
      'https://ns.herald.dev/errors/HERALD-002007-400',
      'No profile has this identity',
    ]);
    expect(body.report.additionalContext).toEqual({
      code: 'profile-unknown',
      requestId,
      campaignId,
      field: 'recipients[0].userId',
    });
    expect(JSON.stringify(body)).not.toContain(address);
    expect((await herald.call('GET', at(address))).status).toBe(404);
    expect((await herald.call('GET', `/v1/executions?requestId=${requestId}`)).body).toEqual({ items: [] });
    // That nobody was there is not remembered: the same call goes through as soon as somebody is.
    await herald.call('PUT', at(address), { attributes: {} });
    expect((await call()).status).toBe(202);
  });

  test('in a call to several the others are sent, and each rejected one is told, also to whoever repeats it', async () => {
    const requestId = unique('request');
    const [ada, bob, external] = [await known(), await known(), newAddress()];
    const [eve, mallory] = [newAddress(), newAddress()];
    const recipients = [aep(eve), aep(ada), recipient({ userId: external }), aep(mallory), aep(bob)];
    const call = () => herald.trigger(campaignId, { requestId, recipients });
    const first = await call();
    expect(first.status).toBe(202);
    expect(first.body.rejected).toEqual([
      { recipientIndex: 0, reason: 'profile-unknown' },
      { recipientIndex: 3, reason: 'profile-unknown' },
    ]);
    const view = await ended(first.body.executionId);
    expect(view.states).toEqual({ sent: 3 });
    expect(view.messages.map(({ recipientIndex }) => recipientIndex)).toEqual([1, 2, 4]);
    const sentTo = (await herald.inbox()).flatMap(({ envelope }) => envelope.to);
    expect([ada, external, bob].every((address) => sentTo.includes(address))).toBe(true);
    expect([eve, mallory].some((address) => sentTo.includes(address))).toBe(false);

    // Whatever has changed since, the answer has not.
    await herald.call('PUT', at(eve), { attributes: {} });
    for (const address of [ada, bob]) await herald.call('DELETE', at(address));
    const again = await call();
    expect([again.status, again.headers.get('idempotent-replayed'), again.body]).toEqual([202, 'true', first.body]);
    expect((await ended(first.body.executionId)).states).toEqual({ sent: 3 });

    const { body } = await herald.call<{ items: MessageView[] }>(
      'GET',
      `/v1/messages?userId=${encodeURIComponent(external)}`,
    );
    expect(body.items.map(({ messageId }) => messageId)).toEqual([view.messages[1]?.messageId]);
    const other = { requestId, recipients: [aep(eve)] };
    expect((await herald.trigger(campaignId, other)).status).toBe(409);
  });

  test('a repeat is answered as before though everybody is gone by now', async () => {
    const requestId = unique('request');
    const ada = await known();
    const call = () => herald.trigger(campaignId, { requestId, recipients: [aep(ada)] });
    const first = await call();
    await ended(first.body.executionId);
    await herald.call('DELETE', at(ada));
    // Another process, which remembers nobody.
    herald = await herald.restart();
    const again = await call();
    expect([again.status, again.body]).toEqual([202, first.body]);
    expect((await herald.trigger(campaignId, { recipients: [aep(ada)] })).status).toBe(400);
  });

  test('a call to several, all of them unknown, fails too', async () => {
    const answer = await herald.trigger(campaignId, { recipients: [aep(newAddress()), aep(newAddress())] });
    expect([answer.status, answer.body.report.additionalContext['code']]).toEqual([400, 'profile-unknown']);
  });

  test('a profile that is gone since it was seen ends the message as excluded', async () => {
    const ada = await known();
    const first = await herald.trigger(campaignId, { recipients: [aep(ada)] });
    await ended(first.body.executionId);
    await herald.call('DELETE', at(ada));
    const second = await herald.trigger(campaignId, { recipients: [aep(ada)] });
    expect(second.status).toBe(202);
    expect((await ended(second.body.executionId)).states).toEqual({ excluded: 1 });
  });

  test('an identity counts in every spelling, and a recipient without a profile is not asked about', async () => {
    const ada = await known();
    const recipients = [recipient({ type: 'aep', namespace: 'Email', userId: ` ${ada.toUpperCase()}` })];
    expect((await herald.trigger(campaignId, { recipients })).status).toBe(202);
    expect((await herald.trigger(campaignId, { recipients: [recipient()] })).body).not.toHaveProperty('rejected');
  });
});
