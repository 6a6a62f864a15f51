import type { ExecutionAccepted, ExecutionView } from '@herald/contracts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { FINAL, unique } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
let campaignId: string;
beforeAll(async () => {
  // Many calls to a few addresses: that is what a cap is for, and not what this is about.
  herald = await startHerald({ HERALD_EMAIL_CAP: '0' });
  campaignId = await herald.campaign({
    createProfiles: true,
    content: {
      subject: '{{context.name}} {{profile.person.name.firstName}}',
      html: '<p>{{context.name}}</p>{{#each context.lines}}<a href="{{url}}">{{this}}</a>{{/each}}',
    },
  });
});
afterAll(() => herald.dispose());

/** Names that mean something to somebody on the way: to JavaScript, to XDM, to templates, to a database. */
const names = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'name', 'lines', 'url', 'person', 'this', '@index', '$set'),
  fc.constantFrom('person.name.firstName', 'a.b', '.', 'a.', '.a', 'a..b', '__proto__.x', 'person', 'lines.0.url', ''),
);
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('\u0000', '\ud800', '{{context.name}}', '<script>', '\r\n.\r\n', 'javascript:alert(1)'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(names, tie('value'), { maxKeys: 4 }),
  ),
})).value;
const attributes = fc.dictionary(names, values, { maxKeys: 5 });

const identity = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      namespace: fc.constantFrom('email', 'Email'),
      userId: fc.nat(1_000_000).map((id) => `u${id}@example.com`),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ namespace: fc.constant('crm'), userId: fc.string({ minLength: 1, maxLength: 12 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      namespace: fc.constantFrom('email', 'phone', 'crm'),
      userId: fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
    }),
  },
);
const recipient = fc
  .tuple(
    identity,
    fc.record(
      {
        type: fc.constantFrom('aep', 'external'),
        channelData: fc.record({ emailAddress: fc.constantFrom('other@example.com', 'o@b', "o'neil@example.com") }),
        profile: attributes,
        context: attributes,
      },
      { requiredKeys: ['type'] },
    ),
  )
  .map(([who, what]) => ({ ...who, ...what }));

test('whatever a call brings, it is refused with a reason or every recipient ends', async () => {
  const accepted: ExecutionAccepted[] = [];
  await fc.assert(
    fc.asyncProperty(fc.array(recipient, { minLength: 1, maxLength: 3 }), async (recipients) => {
      const requestId = unique('fuzz');
      const answer = await herald.trigger(campaignId, { requestId, recipients });
      if (answer.status !== 202) {
        expect(answer.status).toBe(400);
        return;
      }
      accepted.push(answer.body);
      const again = await herald.trigger(campaignId, { requestId, recipients });
      expect([again.status, again.headers.get('idempotent-replayed'), again.body]).toEqual([202, 'true', answer.body]);
    }),
    { numRuns: 200 },
  );
  expect(accepted.length).toBeGreaterThan(30);
  for (const { executionId } of accepted) {
    const { messages } = await until(`${executionId} has ended`, async () => {
      const { body } = await herald.call<ExecutionView>('GET', `/v1/executions/${executionId}`);
      return body.messages.every(({ state }) => FINAL.includes(state)) ? body : undefined;
    });
    for (const { state, reason } of messages) {
      expect(['sent accepted', 'excluded no-address']).toContain(`${state} ${reason}`);
    }
  }
  const metrics = await (await fetch(`${herald.url}/metrics`)).text();
  expect(metrics).not.toMatch(/herald_alarms_total\{code="[^"]*"\} [1-9]/);
});
