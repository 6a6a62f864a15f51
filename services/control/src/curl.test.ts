import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { sampleCall } from './curl.ts';

/** What a shell would hand to curl. */
function argumentsOf(command: string, key: string): string[] {
  const script = `curl() { for one in "$@"; do printf '%s\\000' "$one"; done; }\n${command}\n`;
  const out = execFileSync('sh', ['-c', script], { env: { ...process.env, HERALD_KEY: key }, encoding: 'utf8' });
  return out.split('\0').slice(0, -1);
}

test('nothing in it can break out of its quotes, and the key comes from the environment', () => {
  const tenant = { org: `o'; exit 7; echo '$(exit 8)`, sandbox: '"$HOME" \\ `id`' };
  const call = sampleCall({
    base: 'https://herald.example.com',
    tenant,
    channel: 'email',
    campaignId: `it's "x" $(exit 9)`,
    version: {
      version: 1,
      content: {
        title: 't',
        description: '',
        surfaceId: 's',
        content: { subject: `{{context.[it's $(exit 1) "]}} {{context.zoë}}`, html: 'h' },
        namespace: 'email',
        createProfiles: false,
        timeToLive: 60,
        guarantee: 'at-least-once',
        onMissing: 'empty',
      },
    },
    requestId: '1',
  });
  const [method, post, endpoint, ...rest] = argumentsOf(call.curl, `key-$HOME'"`);
  expect([method, post, endpoint]).toEqual(['-X', 'POST', 'https://herald.example.com/ajo/im/executions/unitary']);
  const headers = rest.filter((_, index) => rest[index - 1] === '-H');
  expect(headers).toEqual([
    `Authorization: Bearer key-$HOME'"`,
    'Content-Type: application/json',
    `x-gw-ims-org-id: ${tenant.org}`,
    `x-sandbox-name: ${tenant.sandbox}`,
  ]);
  expect(rest.at(-2)).toBe('--data-raw');
  expect(JSON.parse(rest.at(-1) ?? '')).toEqual(call.body);
  expect(JSON.stringify(call.body)).toContain('ZOË');
});
