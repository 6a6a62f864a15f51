import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FINAL, unique } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';
import { ajoClient, deviation, type AjoAnswer } from './shapes.ts';

let herald: Herald;
let ajo: ReturnType<typeof ajoClient>;
beforeAll(async () => {
  herald = await startHerald();
  ajo = ajoClient(herald);
});
afterAll(() => herald.dispose());

const pathOf = (campaignId: string, rest: string): string => `/ajo/simulations/campaigns/${campaignId}/${rest}`;
const ended = async (path: string): Promise<AjoAnswer> =>
  until('the job is over', async () => {
    const answer = await ajo('GET', path);
    expect(deviation('proof-job', answer.body)).toBeUndefined();
    return ['CREATED', 'PROCESSING'].includes(String(answer.body['status'])) ? undefined : answer;
  });

describe('proofs', () => {
  test('go to each address with the values of its recipient, and the job says how they stand', async () => {
    const campaignId = await herald.campaign();
    const [a, b, c] = [unique('a'), unique('b'), unique('c')].map((name) => `${name}@example.com`) as [
      string,
      string,
      string,
    ];
    const channel = 'email';
    const request = {
      recipients: [
        {
          userId: 'ada@example.com',
          namespace: 'email',
          channelsData: [{ channel, subjectPrefix: '[Ada] ', emailAddresses: [a, b] }],
          context: { name: 'Ada' },
        },
        {
          userId: 'bob@example.com',
          namespace: 'email',
          channelsData: [{ channel, emailAddresses: [a, c] }],
          context: { name: 'Bob' },
        },
      ],
    };
    expect(deviation('proof-request', request)).toBeUndefined();
    const made = await ajo('POST', pathOf(campaignId, 'proofs'), request);
    expect([made.status, deviation('proof-job', made.body)]).toEqual([200, undefined]);
    const { self } = made.body['_links'] as { self: { href: string } };
    expect(self.href).toBe(pathOf(campaignId, `proofs/${String(made.body['proofJobId'])}`));
    const job = await ended(self.href);
    expect(job.body).toMatchObject({
      status: 'SUBMITTED',
      proofs: [{ targeted: 4, submitted: 4, status: 'SUBMITTED', proofFailureReasons: [] }],
    });
    const subjectsTo = async (to: string) =>
      ((await herald.received({ to })) as unknown as { subject: string }[]).map(({ subject }) => subject).toSorted();
    expect(await subjectsTo(a)).toEqual(['Reset your password, Bob', '[Ada] Reset your password, Ada']);
    expect(await subjectsTo(b)).toEqual(['[Ada] Reset your password, Ada']);
    expect(await subjectsTo(c)).toEqual(['Reset your password, Bob']);
  });

  test('that a suppression keeps back are told, without who they were for', async () => {
    const campaignId = await herald.campaign();
    const address = `${unique('suppressed')}@example.com`;
    await herald.call('POST', '/v1/suppressions', { channel: 'email', address });
    const send = async (...emailAddresses: string[]) => {
      const channelsData = [{ channel: 'email', emailAddresses }];
      const { body } = await ajo('POST', pathOf(campaignId, 'proofs'), {
        recipients: [{ userId: 'x', namespace: 'crm', channelsData }],
      });
      return (await ended(pathOf(campaignId, `proofs/${String(body['proofJobId'])}`))).body;
    };
    const reasons = [{ profileIds: [], failureReasons: ['suppressed'] }];
    expect(await send(address)).toMatchObject({
      status: 'FAILED',
      proofs: [{ status: 'FAILED', submitted: 0, proofFailureReasons: reasons }],
    });
    expect(await send(address, `${unique('fine')}@example.com`)).toMatchObject({
      status: 'PARTIALLY_FAILED',
      proofs: [{ status: 'SUBMITTED', targeted: 2, submitted: 1, proofFailureReasons: reasons }],
    });
  });

  test('are refused as a whole where something is wrong, naming it', async () => {
    const campaignId = await herald.campaign();
    const one = { userId: 'x', namespace: 'crm' };
    const email = { channel: 'email', emailAddresses: ['ada@example.com'] };
    const fieldOf = async (recipients: unknown, of = campaignId) => {
      const { status, body } = await ajo('POST', pathOf(of, 'proofs'), { recipients });
      const { additionalContext } = (body['report'] ?? {}) as { additionalContext?: { field?: string } };
      return [status, additionalContext?.field];
    };
    expect(await fieldOf([])).toEqual([400, 'recipients']);
    expect(await fieldOf([{ ...one, channelsData: [] }])).toEqual([400, 'recipients[0].channelsData']);
    const sms = { channel: 'sms', phoneNumbers: ['+4520123456'] };
    const channels = [
      { ...one, channelsData: [email] },
      { ...one, channelsData: [email, sms] },
    ];
    expect(await fieldOf(channels)).toEqual([400, 'recipients[1].channelsData[1].channel']);
    const twice = { ...email, emailAddresses: ['ada@example.com', 'ada@example.com'] };
    expect(await fieldOf([{ ...one, channelsData: [twice] }])).toEqual([
      400,
      'recipients[0].channelsData[0].emailAddresses[1]',
    ]);
    expect(await fieldOf([{ ...one, channelsData: [email], context: { system: {} } }])).toEqual([
      400,
      'recipients[0].context.system',
    ]);
    const most = Array.from({ length: 10 }, (_, n) => `ada+${n}@example.com`);
    const many = Array.from({ length: 11 }, () => ({ ...one, channelsData: [{ ...email, emailAddresses: most }] }));
    expect(await fieldOf(many)).toEqual([400, 'recipients']);
    expect((await fieldOf([{ ...one, channelsData: [email] }], 'nothing'))[0]).toBe(404);
    const push = await herald.campaign({ channel: 'push' });
    const tokens = [{ token: 'abc', platform: 'apns' }];
    expect(await fieldOf([{ ...one, channelsData: [{ channel: 'push', tokens }] }], push)).toEqual([
      422,
      'recipients[0].channelsData[0].tokens[0].platform',
    ]);
  });

  test('of another campaign, or what is no job of proofs, are not found', async () => {
    const [campaignId, other] = [await herald.campaign(), await herald.campaign()];
    const channelsData = [{ channel: 'email', emailAddresses: ['ada@example.com'] }];
    const { body } = await ajo('POST', pathOf(campaignId, 'proofs'), {
      recipients: [{ userId: 'x', namespace: 'crm', channelsData }],
    });
    const job = String(body['proofJobId']);
    expect((await ajo('GET', pathOf(other, `proofs/${job}`))).status).toBe(404);
    const execution = await herald.trigger(campaignId);
    await herald.finalMessage(execution.body.executionId, FINAL);
    expect((await ajo('GET', pathOf(campaignId, `proofs/${execution.body.executionId}`))).status).toBe(404);
  });
});

describe('previews', () => {
  test('show what each profile would get, and what would become of it', async () => {
    const userId = `${unique('ada')}@example.com`;
    await herald.call('PUT', `/v1/profiles/email/${userId}`, { attributes: { person: { name: 'stored' } } });
    const content = { subject: '{{profile.person.name}}/{{context.code}}', html: '<p>{{context.code}}</p>', text: 't' };
    const campaignId = await herald.campaign({ content });
    const item = { userId, namespace: 'email', contextAttributes: { code: '<1>' } };
    const { status, body } = await ajo('POST', pathOf(campaignId, 'previews'), {
      previewRequestItems: [
        item,
        // The same profile again: its attributes are given, so it is not read.
        { ...item, profileAttributes: { person: { name: 'given' } } },
        { ...item, userId: 'nobody@example.com' },
      ],
    });
    expect([status, deviation('previews', body)]).toEqual([200, undefined]);
    const html = { body: '<p>&lt;1&gt;</p>' };
    expect(body['previews']).toMatchObject([
      { channel: 'email', outcome: 'sent', email: { subject: 'stored/<1>', html } },
      { profileId: userId, outcome: 'sent', email: { subject: 'given/<1>', html } },
      { profileId: 'nobody@example.com', outcome: 'excluded', reason: 'unknown-profile', email: { subject: '/<1>' } },
    ]);
  });

  test('of every channel have AJO’s shape', async () => {
    const previewRequestItems = [{ userId: 'x', namespace: 'crm', profileAttributes: {} }];
    const image = 'https://shop.example/image.png';
    for (const [over, wanted] of [
      [{ channel: 'sms', content: { text: 'Hi' } }, { sms: { text: 'Hi', messageType: 'sms' } }],
      [
        { channel: 'push', content: { title: 'T', body: 'B', image, icon: image } },
        {
          push: {
            title: 'T',
            message: 'B',
            pushType: 'MESSAGE',
            ios: { media: { uri: image } },
            android: { media: { uri: image }, iconUri: image },
          },
        },
      ],
    ] as const) {
      const campaignId = await herald.campaign(over);
      const { body } = await ajo('POST', pathOf(campaignId, 'previews'), { previewRequestItems });
      expect(deviation('previews', body)).toBeUndefined();
      expect(body['previews']).toMatchObject([wanted]);
    }
    const campaignId = await herald.campaign();
    const wrong = await ajo('POST', pathOf(campaignId, 'previews'), { previewRequestItems: [] });
    expect(wrong).toMatchObject({
      status: 400,
      body: { report: { additionalContext: { field: 'previewRequestItems' } } },
    });
    expect((await ajo('POST', pathOf('nothing', 'previews'), { previewRequestItems })).status).toBe(404);
  });
});
