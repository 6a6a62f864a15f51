import { afterEach, expect, test } from '@jest/globals';
import type { ExecutionAccepted } from '@herald/contracts';
import { recipient, unique } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald | undefined;
let mail: MailServer | undefined;
afterEach(async () => {
  await herald?.dispose();
  await mail?.close();
});

const lagOf = async (stage: string, step: string): Promise<number | undefined> => {
  const text = (await herald?.metrics()) ?? '';
  const series = `herald_consumer_lag{group="herald.${stage}.transactional.email",topic="herald.transactional.email.${step}"}`;
  const line = text.split('\n').find((one) => one.startsWith(series));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
};

test('roles in separate lives hand over through the log: nothing is lost between them', async () => {
  mail = await startMailServer();
  const env = { HERALD_SMTP_URL: mail.url };
  herald = await startHerald({ ...env, HERALD_ROLES: 'ingress,control' });
  const campaignId = await herald.campaign({ createProfiles: true });
  const accepted: ExecutionAccepted[] = [];
  for (const type of ['aep', 'external']) {
    const { status, body } = await herald.trigger(campaignId, {
      recipients: [recipient({ type, userId: `${unique(type)}@example.com` })],
    });
    expect(status).toBe(202);
    accepted.push(body);
  }
  // Each life has one role of the chain, without the next one: what it passes on goes to the topic.
  for (const [stage, step] of [
    ['profile', 'requested'],
    ['render', 'resolved'],
  ] as const) {
    herald = await herald.restart({ ...env, HERALD_ROLES: `control,${stage}` });
    await until(`${stage} has done its part`, async () => ((await lagOf(stage, step)) === 0 ? true : undefined));
    expect(mail.received).toEqual([]);
  }
  herald = await herald.restart({ ...env, HERALD_ROLES: 'control,sender-email' });
  for (const { executionId } of accepted) expect((await herald.finalMessage(executionId)).state).toBe('sent');
  expect(mail.received.toSorted()).toEqual(accepted.map(({ executionId }) => `${executionId}.0`).toSorted());
});
