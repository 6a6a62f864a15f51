import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import webPush from 'web-push';
import { createDevice } from '../far-end/device.ts';
import { isPublicAddress } from '../http/addresses.ts';
import type { Provider, Reply } from '../port.ts';
import { startScriptedHttps, type ScriptedHttps } from '../testing/https-script.ts';
import { outgoingPush } from '../testing/outgoing.ts';
import type { PrivateHost } from './endpoints.ts';
import { createWebPushProvider } from './provider.ts';

const vapid = { ...webPush.generateVAPIDKeys(), subject: 'mailto:ops@herald.example' };
const device = createDevice();
const REFUSED = { kind: 'permanent', code: 'endpoint-refused' };

/** Stands where nobody may get: a server of this machine. */
let server: ScriptedHttps;
const providers: Provider<'push'>[] = [];
beforeEach(async () => {
  const taken = { status: 201 };
  const hosts = ['127.0.0.1', 'localhost', 'inside.example'];
  server = await startScriptedHttps({ accept: () => taken, 'refuse-for-now': taken, 'refuse-for-good': taken }, hosts);
});
afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.close();
  await server.close();
});

function send(url: string, over: { privateHosts?: PrivateHost[]; lookup?: LookupFunction } = {}): Promise<Reply> {
  const provider = createWebPushProvider({ name: 'web-push', vapid, timeoutMs: 2_000, ...over });
  providers.push(provider);
  return provider.send(outgoingPush(url, device));
}

const resolvesTo =
  (...addresses: string[]): LookupFunction =>
  (_name, { all }, callback) => {
    const found: LookupAddress[] = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (all === true) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  };

const PRIVATE = [
  // Loopback, this network, private, shared, link-local and what hides there.
  '127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1',
  '100.64.0.1 100.127.255.255 100.100.100.200 169.254.169.254 169.254.0.1 168.63.129.16',
  // Special, for documentation, for measurements, multicast, reserved, broadcast.
  '192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1',
  '224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255',
  // The same in IPv6, and IPv4 addresses in its clothes: mapped, compatible, translated, NAT64, 6to4, Teredo.
  ':: ::1 fe80::1 fec0::1 fc00::1 fd00:ec2::254 ff02::1 100::1 2001:db8::1 3fff::1',
  '::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 ::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::7f00:1 2002:7f00:1:: 2002:808:808::1 2001:0:1::1',
  '5f00::1 4000::1 fe80::1%eth0',
].flatMap((line) => line.split(' '));
/** This machine, in every notation that URLs have. */
const OWN = [
  '127.0.0.1 127.1 2130706433 0x7f000001 0x7f.0.0.1 017700000001 127.0.0.1. 0',
  '[::1] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:7f00:1] [::127.0.0.1]',
  '１２７.0.0.1 127。0。0。1 %31%32%37.0.0.1 localhost LOCALHOST ⓛocalhost',
].flatMap((line) => line.split(' '));
const PUBLIC = ['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.1', '100.63.255.255', '100.128.0.1', '198.17.0.1'];
const PUBLIC_V6 = ['2001:4860:4860::8888', '2606:4700:4700::1111', '2a00:1450:4001:81b::200a'];

test.each(PRIVATE)('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));
test.each(PUBLIC.concat(PUBLIC_V6))('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));
test.each(['', 'localhost', '127.1', '2130706433', '[::1]', '8.8.8.8 '])('%j is no address', (text) =>
  expect(isPublicAddress(text)).toBe(false),
);

describe('an endpoint is refused, and nobody is connected to, when', () => {
  afterEach(() => expect(server.connections.total).toBe(0));

  test.each(OWN)('it names this machine: %s', async (host) => {
    expect(await send(`https://${host}:${server.port}/push/1`)).toEqual(REFUSED);
  });

  test.each(PRIVATE.filter((address) => !address.includes('%')))('its name resolves to %s', async (address) => {
    expect(await send(`https://push.example:${server.port}/`, { lookup: resolvesTo(address) })).toEqual(REFUSED);
  });

  test('one of the addresses of its name is private', async () => {
    const lookup = resolvesTo('8.8.8.8', '2001:4860:4860::8888', '127.0.0.1');
    expect(await send(`https://push.example:${server.port}/`, { lookup })).toEqual(REFUSED);
  });

  test.each([
    'http://push.example/1',
    'ftp://push.example/1',
    'file:///etc/passwd',
    'https://user:password@push.example/1',
    'https://user@push.example/1',
    'https://',
    'push.example',
    '',
  ])('it is %j', async (url) => expect(await send(url)).toEqual(REFUSED));
});

test('a name is resolved once for each connection, and what is looked at is what would be connected to', async () => {
  // A name that resolves to something else each time: a check of an earlier answer, or of another one, is worth nothing.
  const answers = ['10.0.0.1', '127.0.0.1', '::1'];
  const lookup: LookupFunction = (name, options, callback) =>
    resolvesTo(answers.shift() ?? '127.0.0.1')(name, options, callback);
  const provider = createWebPushProvider({ name: 'web-push', vapid, timeoutMs: 2_000, lookup });
  providers.push(provider);
  for (const left of [2, 1, 0]) {
    expect(await provider.send(outgoingPush(`https://inside.example:${server.port}/1`, device))).toEqual(REFUSED);
    expect(answers).toHaveLength(left);
  }
  expect(server.connections.total).toBe(0);
});

describe('a private host that is allowed', () => {
  const at = (host: string): string => `https://${host}:${server.port}/push/1`;

  test.each(['127.0.0.1', '127.0.0.1:PORT', 'localhost', 'localhost:PORT'])('as %s is called', async (allowed) => {
    const host = allowed.replace('PORT', String(server.port));
    const reply = await send(at(host.replace(/:\d+$/, '')), { privateHosts: [{ host, ca: server.ca }] });
    expect(reply).toMatchObject({ kind: 'accepted' });
  });

  test('is no other port, no other name, and no name that merely looks like it', async () => {
    const ca = server.ca;
    expect(await send(at('127.0.0.1'), { privateHosts: [{ host: '127.0.0.1:1', ca }] })).toEqual(REFUSED);
    expect(await send(at('localhost'), { privateHosts: [{ host: '127.0.0.1', ca }] })).toEqual(REFUSED);
    const lookup = resolvesTo('127.0.0.1');
    for (const host of ['inside.example.evil.example', 'xinside.example']) {
      expect(await send(at(host), { privateHosts: [{ host: 'inside.example', ca }], lookup })).toEqual(REFUSED);
    }
    expect(server.connections.total).toBe(0);
  });

  test('is still spoken to in TLS, and with its own certificate alone', async () => {
    const privateHosts = [{ host: '127.0.0.1' }];
    expect(await send(at('127.0.0.1'), { privateHosts })).toEqual({ kind: 'transient', code: 'tls' });
    expect(await send(`http://127.0.0.1:${server.port}/`, { privateHosts })).toEqual(REFUSED);
  });
});

test('a public name is resolved as the system does it', async () => {
  const lookup: LookupFunction = (name, options, callback) => systemLookup(name, options, callback);
  expect(await send('https://nowhere.invalid/1', { lookup })).toEqual({ kind: 'transient', code: 'host-not-found' });
});
