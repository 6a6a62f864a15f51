import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import webPush from 'web-push';
import { loadConfig, type Config } from '../config.ts';
import { configuredOf, viewProviders } from './configured.ts';

const folder = mkdtempSync(join(tmpdir(), 'herald-providers-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'providers.json');

const load = (content: unknown, env: Record<string, string> = {}) => {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return loadConfig({ HERALD_PROVIDERS: path, ...env });
};
const configOf = (...given: Parameters<typeof load>): Config => {
  const loaded = load(...given);
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.config;
};
const problemOf = (...given: Parameters<typeof load>): string => {
  const loaded = load(...given);
  return loaded.ok ? '' : loaded.problems.join('\n');
};

const { privateKey, publicKey } = webPush.generateVAPIDKeys();
const ses = { name: 'ses', kind: 'smtp', url: 'smtp://mail.example.com:587', rate: 14, connections: 10 };
const text = { name: 'text', kind: 'twilio', accountSid: `AC${'1'.repeat(32)}`, authToken: { env: 'TEXT_TOKEN' } };

test('further providers stand beside those of the settings, with the secrets that they name', () => {
  const file = join(folder, 'password');
  writeFileSync(file, 'p/a:s@s\n');
  const config = configOf(
    {
      providers: [
        { ...ses, user: 'user@acme', password: { file } },
        text,
        { name: 'devices', kind: 'web-push', privateKey: { env: 'VAPID' }, subject: 'mailto:ops@example.com' },
      ],
    },
    { HERALD_SMTP_URL: 'smtp://localhost', HERALD_SMTP_RATE: '100', TEXT_TOKEN: 'the token', VAPID: privateKey },
  );
  expect(configuredOf(config, 'smtp')).toEqual([
    { name: 'smtp', kind: 'smtp', url: 'smtp://localhost', connectionsPerLane: 32, rate: 100 },
    { ...ses, url: 'smtp://user%40acme:p%2Fa%3As%40s@mail.example.com:587', connectionsPerLane: 10 },
  ]);
  expect(configuredOf(config, 'twilio')).toEqual([{ ...text, authToken: 'the token', connectionsPerLane: 32 }]);
  expect(configuredOf(config, 'web-push')).toMatchObject([{ name: 'devices', publicKey, privateKey }]);
  expect(viewProviders(config)).toEqual([
    { name: 'smtp', kind: 'smtp', channel: 'email', rate: 100 },
    { name: 'ses', kind: 'smtp', channel: 'email', rate: 14, connections: 10 },
    { name: 'text', kind: 'twilio', channel: 'sms' },
    { name: 'devices', kind: 'web-push', channel: 'push' },
  ]);
});

test.each<[string, unknown, string]>([
  ['no JSON', '{', 'must name a file with JSON in it'],
  ['no list', {}, 'providers is required'],
  ['an unknown kind', { providers: [{ ...ses, kind: 'fax' }] }, 'providers[0].kind'],
  ['an unknown field', { providers: [{ ...ses, colour: 'red' }] }, 'providers[0].colour is not a known field'],
  ['a rate of nothing', { providers: [{ ...ses, rate: 0 }] }, 'providers[0].rate'],
  ['half a connection', { providers: [{ ...ses, connections: 0.5 }] }, 'providers[0].connections'],
  ['a name of the settings', { providers: [{ ...ses, name: 'smtp' }] }, 'providers[0].name must be another name'],
  ['a name twice', { providers: [ses, ses] }, 'providers[1].name is there twice'],
  ['a password in a URL', { providers: [{ ...ses, url: 'smtp://u:hunter2@a.example' }] }, 'providers[0].url must be'],
  ['an option that nobody knows', { providers: [{ ...ses, url: 'smtp://a.example?x=1' }] }, 'providers[0].url must be'],
  [
    'a secret written down',
    { providers: [{ ...text, authToken: 'hunter2' }] },
    'providers[0].authToken must be {"env"',
  ],
  ['a variable that is not set', { providers: [text] }, 'providers[0].authToken must name a variable that is set'],
  ['a user without password', { providers: [{ ...ses, user: 'u' }] }, 'providers[0].password is required'],
])('%s is said with the name of its field, and without its value', (_, content, message) => {
  const problem = problemOf(content);
  expect(problem).toMatch(/^HERALD_PROVIDERS .+, for example HERALD_PROVIDERS=/);
  expect(problem).toContain(message);
  expect(problem).not.toContain('hunter2');
});

test('a file that is not there is said to be so', () => {
  const loaded = loadConfig({ HERALD_PROVIDERS: join(folder, 'none.json') });
  expect(loaded).toMatchObject({ ok: false, problems: [expect.stringContaining('must name a readable file')] });
});
