import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { outgoing } from '../testing/outgoing.ts';
import { createSmtpProvider } from './provider.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Received {
  readonly raw: string;
  readonly user: string | undefined;
  readonly secure: boolean;
  readonly from: string | undefined;
  readonly to: readonly string[];
}

/** The real thing, with its self-signed certificate. */
async function serve(options: SMTPServerOptions = {}): Promise<{ at: string; received: Received[]; logins: string[] }> {
  const received: Received[] = [];
  const logins: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    // Otherwise it warns of its own certificate.
    logger: false,
    onAuth({ method, username, password }, _session, done) {
      logins.push(method);
      if (username === 'ada@x' && password === 's%ecret/') done(null, { user: username });
      else done(new Error('no'));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          raw: Buffer.concat(chunks).toString('latin1'),
          user: session.user,
          secure: session.secure,
          from: mailFrom ? mailFrom.address : undefined,
          to: rcptTo.map(({ address }) => address),
        });
        done(null);
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return { at: `127.0.0.1:${String(port)}`, received, logins };
}

async function send(url: string, message = outgoing()) {
  const provider = createSmtpProvider({ name: 'smtp', url, timeoutMs: 5_000, connections: 2 });
  closing.push(() => provider.close());
  return provider.send(message);
}

describe.each([
  ['pipelining', {}],
  ['nodemailer’s own pool', { hidePIPELINING: true }],
] as const)('with smtp-server, %s:', (_, base) => {
  test('a message arrives as it was composed', async () => {
    const server = await serve({ ...base, disabledCommands: ['STARTTLS'] });
    const url = 'https://example.com/reset?a=1&b=%2F&c=é&d=x=y';
    const html = `<a href="${url.replaceAll('&', '&amp;')}">reset</a>\n.\n.dot\n`;
    const text = `Grüße: ${url}\n.\n.dot\n`;
    expect(await send(`smtp://${server.at}`, outgoing({ email: { html, text, subject: 'Grüße' } }))).toMatchObject({
      kind: 'accepted',
    });
    const [mail] = server.received;
    expect(mail).toMatchObject({ from: 'accounts@example.com', to: ['ada@example.net'], secure: false });
    const parsed = await simpleParser(mail?.raw ?? '', { skipTextToHtml: true, skipHtmlToText: true });
    expect([parsed.subject, parsed.html, parsed.text]).toEqual(['Grüße', html, text]);
  });

  test('500 kB arrive whole', async () => {
    const server = await serve({ ...base, disabledCommands: ['STARTTLS'] });
    const html = `<p>${'0123456789\n.'.repeat(42_000)}</p>`;
    expect(await send(`smtp://${server.at}`, outgoing({ email: { html } }))).toMatchObject({ kind: 'accepted' });
    const parsed = await simpleParser(server.received[0]?.raw ?? '', { skipHtmlToText: true });
    expect(parsed.html).toBe(html);
  });

  test('STARTTLS is used where it is offered, and its certificate is checked', async () => {
    const server = await serve(base);
    expect(await send(`smtp://${server.at}`)).toMatchObject({ kind: 'transient', code: 'tls' });
    expect(await send(`smtp://${server.at}?rejectUnauthorized=false`)).toMatchObject({ kind: 'accepted' });
    expect(await send(`smtp://${server.at}?tls=required&rejectUnauthorized=false`)).toMatchObject({ kind: 'accepted' });
    expect(await send(`smtp://${server.at}?tls=off`)).toMatchObject({ kind: 'accepted' });
    expect(server.received.map(({ secure }) => secure)).toEqual([true, true, false]);
  });

  test('TLS from the first byte', async () => {
    const server = await serve({ ...base, secure: true });
    expect(await send(`smtps://${server.at}`)).toMatchObject({ kind: 'transient', code: 'tls' });
    expect(await send(`smtps://${server.at}?rejectUnauthorized=false`)).toMatchObject({ kind: 'accepted' });
    expect(server.received.map(({ secure }) => secure)).toEqual([true]);
  });

  test('required TLS that is not offered sends nothing', async () => {
    const server = await serve({ ...base, disabledCommands: ['STARTTLS'] });
    expect(await send(`smtp://${server.at}?tls=required`)).toMatchObject({ kind: 'transient', code: 'tls' });
    expect(server.received).toHaveLength(0);
  });

  test.each(['PLAIN', 'LOGIN'])('login by %s, right and wrong', async (method) => {
    const server = await serve({ ...base, authOptional: false, authMethods: [method] });
    const options = '?rejectUnauthorized=false';
    expect(await send(`smtp://ada%40x:s%25ecret%2F@${server.at}${options}`)).toMatchObject({ kind: 'accepted' });
    expect(await send(`smtp://ada%40x:wrong@${server.at}${options}`)).toMatchObject({
      kind: 'transient',
      code: 'auth-failed',
    });
    expect(await send(`smtp://${server.at}${options}`)).toMatchObject({ kind: 'transient', code: 'auth-failed' });
    expect(server.received.map(({ user }) => user)).toEqual(['ada@x']);
    expect(server.logins).toEqual([method, method]);
  });

  test('a refused recipient is one failure, and the connection goes on', async () => {
    const server = await serve({
      ...base,
      disabledCommands: ['STARTTLS'],
      onRcptTo({ address }, _session, done) {
        done(address.startsWith('eve') ? Object.assign(new Error('no'), { responseCode: 550 }) : null);
      },
    });
    const provider = createSmtpProvider({ name: 'smtp', url: `smtp://${server.at}`, connections: 1 });
    closing.push(() => provider.close());
    expect(await provider.send(outgoing({ address: 'eve@example.net' }))).toMatchObject({
      kind: 'permanent',
      code: 'smtp-5xx',
      detail: '550',
    });
    expect(await provider.send(outgoing())).toMatchObject({ kind: 'accepted' });
    expect(server.received.map(({ to }) => to)).toEqual([['ada@example.net']]);
  });

  test('a message over the server’s limit is refused for good', async () => {
    const server = await serve({ ...base, disabledCommands: ['STARTTLS'], size: 2_000 });
    const big = outgoing({ email: { html: 'x\n'.repeat(2_000) } });
    expect(await send(`smtp://${server.at}`, big)).toMatchObject({ kind: 'permanent', code: 'too-large' });
    expect(server.received).toHaveLength(0);
  });
});

test('a login that is not spoken here is left to nodemailer', async () => {
  const server = await serve({
    authMethods: ['CRAM-MD5'],
    authOptional: false,
    disabledCommands: ['STARTTLS'],
    onAuth(auth, _session, done) {
      server.logins.push(auth.method);
      if (auth.validatePassword('secret')) done(null, { user: auth.username ?? '' });
      else done(new Error('no'));
    },
  });
  expect(await send(`smtp://ada:secret@${server.at}`)).toMatchObject({ kind: 'accepted' });
  expect(server.logins).toEqual(['CRAM-MD5']);
  expect(server.received.map(({ user }) => user)).toEqual(['ada']);
});
