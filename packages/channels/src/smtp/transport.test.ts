import { createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { startScriptedServer, type Script } from '../testing/smtp-script.ts';
import { parseSmtpUrl } from './options.ts';
import type { SentInfo } from './stock.ts';
import { createSmtpTransport } from './transport.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(script: Script = {}) {
  const server = await startScriptedServer(script);
  const transport = createSmtpTransport(parseSmtpUrl(server.url, { connections: 1, timeoutMs: 5_000 }));
  closing.push(
    () => server.close(),
    () => transport.close(),
  );
  const mailer = createTransport<SentInfo>(transport);
  const send = (raw: string | Buffer, to = ['ada@example.net']): Promise<SentInfo> =>
    mailer.sendMail({ envelope: { from: 'accounts@example.com', to }, raw });
  return { server, send };
}

test('eight-bit content is declared where the server knows it, and arrives byte by byte', async () => {
  const raw = Buffer.from('Subject: x\r\n\r\nGrüße \u{1d11e}\r\n');
  const { server, send } = await start();
  await send(raw);
  await send(raw.toString());
  await send('Subject: x\r\n\r\nplain\r\n');
  expect(server.accepted.slice(0, 2)).toEqual([raw.toString('latin1'), raw.toString('latin1')]);
  expect(server.commands.filter((line) => line.startsWith('MAIL'))).toEqual([
    `MAIL FROM:<accounts@example.com> SIZE=${String(raw.length)} BODY=8BITMIME`,
    `MAIL FROM:<accounts@example.com> SIZE=${String(raw.length)} BODY=8BITMIME`,
    'MAIL FROM:<accounts@example.com> SIZE=21',
  ]);
});

test('no bare CR or LF leaves, and no line that looks like the end', async () => {
  const { server, send } = await start();
  await send('.\n.\nMAIL FROM:<eve@example.com>\r.\r\r\n.\n.\r\nend');
  expect(server.accepted).toEqual(['.\r\n.\r\nMAIL FROM:<eve@example.com>\r\n.\r\n\r\n.\r\n.\r\nend\r\n']);
  expect(server.commands.filter((line) => line.startsWith('MAIL'))).toHaveLength(1);
});

test('a message goes to those who are not refused, and says who was', async () => {
  const { server, send } = await start({
    RCPT: (line) => ({ reply: line.includes('<b@') ? '550 5.1.1 no' : '250 ok' }),
  });
  const info = await send('Subject: x\r\n\r\nx\r\n', ['a@x.org', 'b@x.org', 'c@x.org']);
  expect(info).toMatchObject({
    accepted: ['a@x.org', 'c@x.org'],
    rejected: ['b@x.org'],
    response: '250 2.0.0 Ok: queued as 4WXYZ1234',
  });
  expect(server.accepted).toHaveLength(1);
});

test('a recipient who is only deferred keeps the message alive', async () => {
  const { send } = await start({
    RCPT: (line) => ({ reply: line.includes('<b@') ? '451 4.2.1 later' : '550 5.1.1 no' }),
  });
  await expect(send('x', ['a@x.org', 'b@x.org'])).rejects.toMatchObject({ kind: 'transient', code: 'smtp-4xx' });
});

test('TLS that is required and not offered is not asked for', async () => {
  const server = await startScriptedServer();
  const transport = createSmtpTransport(parseSmtpUrl(`${server.url}?tls=required`, { timeoutMs: 5_000 }));
  closing.push(
    () => server.close(),
    () => transport.close(),
  );
  const mailer = createTransport<SentInfo>(transport);
  const sent = mailer.sendMail({ envelope: { from: 'a@x.org', to: ['b@x.org'] }, raw: 'x' });
  await expect(sent).rejects.toMatchObject({ kind: 'transient', code: 'tls', detail: 'STARTTLS is not offered' });
  expect(server.commands.map((line) => line.slice(0, 4))).toEqual(['EHLO']);
});

test('what was said before TLS does not count after it', async () => {
  // Whoever sits in between can add plain text behind the answer to STARTTLS.
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const line = chunk.toString();
      if (line.startsWith('EHLO')) socket.write('250-test\r\n250-PIPELINING\r\n250 STARTTLS\r\n');
      if (line.startsWith('STARTTLS')) socket.write('220 go on\r\n250-evil\r\n250 PIPELINING\r\n');
    });
    socket.write('220 test\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const transport = createSmtpTransport(parseSmtpUrl(`smtp://127.0.0.1:${String(port)}`, { timeoutMs: 2_000 }));
  closing.push(() => transport.close());
  const mailer = createTransport<SentInfo>(transport);
  await expect(mailer.sendMail({ envelope: { from: 'a@x.org', to: ['b@x.org'] }, raw: 'x' })).rejects.toMatchObject({
    kind: 'transient',
    code: 'protocol',
  });
});
