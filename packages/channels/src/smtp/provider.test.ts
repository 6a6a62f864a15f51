import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Provider } from '../port.ts';
import { eventually } from '../testing/eventually.ts';
import { outgoing, surface } from '../testing/outgoing.ts';
import { startScriptedServer, type Script, type ScriptedServer } from '../testing/smtp-script.ts';
import { SMTP_CODES } from './failure.ts';
import { createSmtpProvider, type SmtpProviderOptions } from './provider.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function serve(script: Script = {}): Promise<ScriptedServer> {
  const server = await startScriptedServer(script);
  closing.push(() => server.close());
  return server;
}

function connect(server: { url: string }, options: Partial<SmtpProviderOptions> = {}): Provider<'email'> {
  const provider = createSmtpProvider({ name: 'smtp', url: server.url, connections: 1, timeoutMs: 5_000, ...options });
  closing.push(() => provider.close());
  return provider;
}

const PIPELINING = ['250-test', '250-PIPELINING'];
const count = (server: ScriptedServer, verb: string): number =>
  server.commands.filter((line) => line.startsWith(verb)).length;

describe('a message', () => {
  test('takes one round trip before its content, on a connection that is kept', async () => {
    const server = await serve();
    const provider = connect(server);
    for (let at = 0; at < 3; at++) {
      expect(await provider.send(outgoing())).toEqual({
        kind: 'accepted',
        providerMessageId: '4WXYZ1234',
        detail: '250 2.0.0',
      });
    }
    expect(server.connections.total).toBe(1);
    expect(count(server, 'EHLO')).toBe(1);
    expect(server.commands.filter((line) => line.startsWith('MAIL'))[0]).toMatch(
      /^MAIL FROM:<accounts@example\.com> SIZE=\d+$/,
    );
    expect(server.commands).toContain('RCPT TO:<ada@example.net>');
  });

  test('is sent in one write up to DATA, before any answer', async () => {
    // Nothing is answered until DATA is there: a client that waits for an answer in between gets none.
    let held = '';
    const raw = createServer((socket) => {
      socket.write('220 test\r\n');
      let inContent = false;
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        held += chunk.toString();
        if (held.startsWith('EHLO')) [held] = ['', socket.write('250-test\r\n250 PIPELINING\r\n')];
        else if (!inContent && held.endsWith('DATA\r\n')) {
          [held, inContent] = ['', true];
          socket.write('250 ok\r\n250 ok\r\n354 go\r\n');
        } else if (inContent && held.endsWith('\r\n.\r\n')) {
          [held, inContent] = ['', false];
          socket.write('250 ok\r\n');
        } else if (held.startsWith('QUIT')) socket.end();
      });
    });
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => raw.close(() => resolve())));
    const { port } = raw.address() as AddressInfo;
    const provider = connect({ url: `smtp://127.0.0.1:${String(port)}` });
    // Without a queue id from the server, Herald's own id stands for it.
    expect(await provider.send(outgoing())).toEqual({
      kind: 'accepted',
      providerMessageId: 'message-1',
      detail: '250',
    });
  });

  test('arrives with its dots, whatever begins its lines', async () => {
    const server = await serve();
    const provider = connect(server);
    const text = '.\n..\n.a\r\n.\r\nQUIT\n.\n';
    await provider.send(outgoing({ email: { text } }));
    expect(server.accepted[0]).toContain(`\r\n\r\n${text.replace(/\r?\n/g, '\r\n')}\r\n--`);
    expect(count(server, 'QUIT')).toBe(0);
  });

  test('of 500 kB arrives whole, with replies in chunks of one byte', async () => {
    const chunk = 1;
    const server = await serve({
      greeting: { reply: ['220-hello', '220 world'], chunk },
      EHLO: { reply: [...PIPELINING, '250 SIZE 0'], chunk },
      MAIL: { reply: ['250-2.1.0 really', '250 2.1.0 ok'], chunk },
      DATA: { reply: '354 go', chunk },
      dot: { reply: ['250-2.0.0 fine', '250 2.0.0 queued'], chunk },
    });
    const html = `${'0123456789'.repeat(50)}\n`.repeat(1_000);
    expect(await connect(server).send(outgoing({ email: { html } }))).toMatchObject({ kind: 'accepted' });
    expect(server.accepted[0]).toContain(html.replaceAll('\n', '\r\n'));
  });

  test('that the server calls too large is not sent', async () => {
    const server = await serve({ EHLO: { reply: [...PIPELINING, '250 SIZE 1000'] } });
    const provider = connect(server);
    expect(await provider.send(outgoing({ email: { html: 'x\n'.repeat(1_000) } }))).toEqual({
      kind: 'permanent',
      code: 'too-large',
      detail: 'limit 1000 bytes',
    });
    expect(count(server, 'MAIL')).toBe(0);
    expect(await provider.send(outgoing())).toMatchObject({ kind: 'accepted' });
  });

  test.each([
    'ada@example.net>\r\nRCPT TO:<eve@example.com',
    'ada@example.net\r\nDATA',
    'ada@example.net\n',
    'ada@example.net\0',
    'ada@example.net> SIZE=1',
    'Ada <ada@example.net>',
    'ada@example.net, eve@example.com',
    'ädä@example.net',
    'ada',
    '',
  ])('to the address %j is not sent', async (address) => {
    const server = await serve();
    const provider = connect(server);
    const refused = { kind: 'permanent', code: 'invalid-address' };
    expect(await provider.send(outgoing({ address }))).toEqual(refused);
    const sender = { name: '', address };
    expect(await provider.send(outgoing({ surface: { ...surface, sender } }))).toEqual(refused);
    expect(server.commands.join('\n')).not.toMatch(/eve|RCPT|MAIL/);
  });
});

describe('a refusal', () => {
  test.each([
    ['MAIL', '450 4.7.1 slow down', 'transient', 'smtp-4xx', '450 4.7.1'],
    ['MAIL', '550 5.7.1 ada@example.net: go away', 'permanent', 'smtp-5xx', '550 5.7.1'],
    ['MAIL', '552 5.3.4 too big', 'permanent', 'too-large', '552 5.3.4'],
    ['MAIL', '530 5.7.0 log in first', 'transient', 'auth-failed', '530 5.7.0'],
    ['RCPT', '451 greylisted', 'transient', 'smtp-4xx', '451'],
    ['RCPT', '550 5.1.1 <ada@example.net> unknown', 'permanent', 'smtp-5xx', '550 5.1.1'],
    ['DATA', '451 4.3.0 later', 'transient', 'smtp-4xx', '451 4.3.0'],
    ['DATA', '554 5.5.1 no', 'permanent', 'smtp-5xx', '554 5.5.1'],
    ['dot', '452 4.2.2 full', 'transient', 'smtp-4xx', '452 4.2.2'],
    ['dot', '554 5.6.0 spam', 'permanent', 'smtp-5xx', '554 5.6.0'],
    ['dot', '399 5.6.0 perhaps', 'unknown', 'protocol', undefined],
  ] as const)('at %s with "%s" is %s/%s, and the connection goes on', async (point, reply, kind, code, detail) => {
    const server = await serve({ [point]: { reply } });
    const provider = connect(server);
    expect(await provider.send(outgoing())).toEqual(detail === undefined ? { kind, code } : { kind, code, detail });
    server.script = {};
    expect(await provider.send(outgoing({ messageId: 'message-2' }))).toMatchObject({ kind: 'accepted' });
    expect(server.connections.total).toBe(1);
    expect(server.accepted).toHaveLength(1);
    expect(server.accepted[0]).toContain('message-2');
  });

  test('of every recipient, with DATA taken all the same, sends nobody the message', async () => {
    const server = await serve({ RCPT: { reply: '550 5.1.1 no' }, DATA: { reply: '354 go' } });
    const provider = connect(server);
    expect(await provider.send(outgoing())).toMatchObject({ kind: 'permanent', code: 'smtp-5xx' });
    await eventually('the empty message', () => server.completed.length === 1);
    expect(server.completed).toEqual(['']);
    server.script = {};
    expect(await provider.send(outgoing())).toMatchObject({ kind: 'accepted' });
    expect(server.connections.total).toBe(1);
  });

  test('of the sender, with DATA taken all the same, ends the connection', async () => {
    const server = await serve({ MAIL: { reply: '550 no' }, DATA: { reply: '354 go' } });
    const provider = connect(server);
    expect(await provider.send(outgoing())).toMatchObject({ kind: 'permanent' });
    await eventually('the end of the connection', () => server.connections.now === 0);
    expect(server.completed).toEqual([]);
  });

  test('by 421 is for now, and the next message has a new connection', async () => {
    for (const point of ['MAIL', 'RCPT', 'DATA', 'dot'] as const) {
      const server = await serve({ [point]: { reply: '421 4.3.2 shutting down', ending: 'close' } });
      const provider = connect(server);
      expect(await provider.send(outgoing())).toEqual({ kind: 'transient', code: 'smtp-4xx', detail: '421 4.3.2' });
      server.script = {};
      expect(await provider.send(outgoing())).toMatchObject({ kind: 'accepted' });
      expect(server.connections.total).toBe(2);
    }
  });

  test('of the client at the greeting is for now: it is not about the message', async () => {
    const server = await serve({ greeting: { reply: '554 5.7.1 you are on a list', ending: 'close' } });
    expect(await connect(server).send(outgoing())).toEqual({
      kind: 'transient',
      code: 'server-refused',
      detail: '554 5.7.1',
    });
  });
});

describe('a server that breaks or hangs', () => {
  const before = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA'] as const;

  test.each(before)('at %s: transient', async (point) => {
    for (const ending of ['reset', 'close'] as const) {
      const server = await serve({ [point]: { ending } });
      const provider = connect(server);
      expect(await provider.send(outgoing())).toEqual({ kind: 'transient', code: 'connection-lost' });
      server.script = {};
      expect(await provider.send(outgoing())).toMatchObject({ kind: 'accepted' });
    }
  });

  test.each(before)('at %s, saying nothing: transient, in time', async (point) => {
    const server = await serve({ [point]: { ending: 'hang' } });
    const code = point === 'greeting' || point === 'EHLO' ? 'connection-timeout' : 'provider-timeout';
    const provider = connect(server, { timeoutMs: 200 });
    expect(await provider.send(outgoing())).toEqual({ kind: 'transient', code });
    server.script = {};
    expect(await provider.send(outgoing())).toMatchObject({ kind: 'accepted' });
  });

  test('after the last byte: unknown', async () => {
    for (const ending of ['reset', 'close'] as const) {
      const server = await serve({ dot: { ending } });
      expect(await connect(server).send(outgoing())).toEqual({ kind: 'unknown', code: 'connection-lost' });
      expect(server.completed).toHaveLength(1);
    }
    const server = await serve({ dot: { ending: 'hang' } });
    const provider = connect(server, { timeoutMs: 200 });
    expect(await provider.send(outgoing())).toEqual({ kind: 'unknown', code: 'provider-timeout' });
    server.script = {};
    expect(await provider.send(outgoing())).toMatchObject({ kind: 'accepted' });
  });

  test('while the content is on its way: transient, for the last byte never left', async () => {
    // The server reads nothing after DATA, and the content is larger than any socket's buffers.
    const raw = createServer({ pauseOnConnect: false }, (socket) => {
      socket.write('220 test\r\n');
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        const text = chunk.toString('latin1');
        if (text.startsWith('EHLO')) socket.write('250-test\r\n250 PIPELINING\r\n');
        if (!text.endsWith('DATA\r\n')) return;
        socket.pause();
        socket.write('250 ok\r\n250 ok\r\n354 go\r\n');
      });
      closing.push(async () => void socket.destroy());
    });
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
    closing.unshift(() => new Promise((resolve) => raw.close(() => resolve())));
    const { port } = raw.address() as AddressInfo;
    const provider = connect({ url: `smtp://127.0.0.1:${String(port)}` }, { timeoutMs: 500 });
    const html = `${'x'.repeat(900)}\n`.repeat(20_000);
    expect(await provider.send(outgoing({ email: { html } }))).toEqual({ kind: 'transient', code: 'provider-timeout' });
  });

  test('that speaks something else: transient', async () => {
    const server = await serve({ greeting: { reply: 'SSH-2.0-OpenSSH_9.9' } });
    expect(await connect(server).send(outgoing())).toEqual({ kind: 'transient', code: 'protocol' });
  });

  test('that cannot be found: transient', async () => {
    const provider = connect({ url: 'smtp://no-such-host.invalid:25' });
    expect(await provider.send(outgoing())).toMatchObject({ kind: 'transient', code: 'host-not-found' });
  });

  test('between two messages: the next one has a new connection, at no cost', async () => {
    const server = await serve();
    const provider = connect(server);
    expect(await provider.send(outgoing())).toMatchObject({ kind: 'accepted' });
    server.drop();
    expect(await provider.send(outgoing())).toMatchObject({ kind: 'accepted' });
    // A server that had enough of the connection says so to whatever comes next.
    let first = true;
    server.script = {
      MAIL: () => {
        const step = first ? ({ reply: '421 4.4.2 timeout', ending: 'close' } as const) : { reply: '250 ok' };
        first = false;
        return step;
      },
    };
    expect(await provider.send(outgoing())).toMatchObject({ kind: 'accepted' });
    expect(server.connections.total).toBe(3);
    expect(server.accepted).toHaveLength(3);
  });
});

test('every code is a lower-case word, and has a meaning', () => {
  for (const [code, { kinds, meaning }] of Object.entries(SMTP_CODES)) {
    expect(code).toMatch(/^[a-z0-9-]{1,60}$/);
    expect(kinds.length).toBeGreaterThan(0);
    expect(meaning).toMatch(/\.$/);
  }
});
