import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Webhook as Verifier } from 'standardwebhooks';
import { newWebhookSecret, webhookHeaders } from './sign.ts';

const [first, second, other] = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()];
const body = JSON.stringify({ type: 'message.sent', name: 'Ærøskøbing' });
const headers = webhookHeaders({ id: 'dlv_1', at: Date.now(), body }, [first, second]);

test('each secret verifies what it signed, and no other one', () => {
  expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const secret of [first, second]) expect(new Verifier(secret).verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => new Verifier(other).verify(body, headers)).toThrow();
  expect(() => new Verifier(first).verify(body, { ...headers, 'webhook-id': 'dlv_2' })).toThrow();
  const earlier = webhookHeaders({ id: 'dlv_1', at: Date.now() - 600_000, body }, [first]);
  expect(() => new Verifier(first).verify(body, earlier)).toThrow();
});

test('the example of the document verifies it too', () => {
  const document = readFileSync(new URL('../../../../docs/webhooks.md', import.meta.url), 'utf8');
  const example = /^```js\n([\s\S]+?)^```/m.exec(document)?.[1] ?? '';
  const asked = [first, second, other].map((secret) => [secret, headers, body]);
  const script = `${example}
    const asked = ${JSON.stringify([...asked, [first, headers, `${body} `]])};
    console.log(JSON.stringify(asked.map((one) => isFromHerald(...one))));`;
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(JSON.parse(said.toString())).toEqual([true, true, false, false]);
});
