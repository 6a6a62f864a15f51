import { afterEach, expect, test } from '@jest/globals';
import { hasPorts, startHerald, type Herald } from '../support/standalone.ts';

let herald: Herald | undefined;
afterEach(() => herald?.dispose());

const testWithPorts = hasPorts() ? test : () => undefined;
testWithPorts('a message that got lost on the way is ended as lost once it is overdue, with an alarm', async () => {
  herald = await startHerald(
    { HERALD_PROVIDER_TIMEOUT_MS: '200', HERALD_LEASE_MS: '300', HERALD_SWEEP_GRACE_MS: '400' },
    {
      // A log that says it has the record and has not: the worst thing that a log can do.
      bus: (bus) => ({
        ...bus,
        failed: bus.failed,
        publish: (records) => bus.publish(records.filter(({ topic }) => !topic.endsWith('.resolved'))),
      }),
    },
  );
  const campaignId = await herald.campaign({ timeToLive: 1 });
  const { body } = await herald.trigger(campaignId);
  const message = await herald.finalMessage(body.executionId);
  expect(message).toMatchObject({ state: 'failed', reason: 'lost' });
  const metrics = await herald.metrics();
  expect(metrics).toMatch(/herald_alarms_total\{code="message-lost"\} 1/);
});

test('a message that is merely late is left to the one who ends it', async () => {
  herald = await startHerald({
    HERALD_PROVIDER_TIMEOUT_MS: '200',
    HERALD_LEASE_MS: '300',
    HERALD_SWEEP_GRACE_MS: '400',
  });
  const campaignId = await herald.campaign({ timeToLive: 1 });
  const { body } = await herald.trigger(campaignId);
  expect(await herald.finalMessage(body.executionId)).toMatchObject({ state: 'sent' });
});
