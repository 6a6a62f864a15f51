import { describe, expect, test } from '@jest/globals';
import { parseSmtpUrl } from './options.ts';

describe('an SMTP URL', () => {
  test('names host, port, login and TLS', () => {
    expect(parseSmtpUrl('smtp://a%40b:p%2Fw%3A%25@mail.example.com:2525?tls=required')).toMatchObject({
      host: 'mail.example.com',
      port: 2525,
      tls: 'required',
      auth: { user: 'a@b', pass: 'p/w:%' },
      rejectUnauthorized: true,
      serverName: 'mail.example.com',
      connections: 20,
      timeoutMs: 20_000,
    });
    expect(parseSmtpUrl('smtps://mail.example.com')).toMatchObject({ port: 465, tls: 'implicit', auth: undefined });
    expect(parseSmtpUrl('smtp://mail.example.com')).toMatchObject({ port: 587, tls: 'opportunistic' });
    expect(parseSmtpUrl('smtp://[::1]:25')).toMatchObject({ host: '::1', port: 25, serverName: undefined });
  });

  test('has the options of nodemailer’s URLs', () => {
    expect(parseSmtpUrl('smtp://h?requireTLS=true').tls).toBe('required');
    expect(parseSmtpUrl('smtp://h?ignoreTLS=true').tls).toBe('off');
    expect(parseSmtpUrl('smtp://h?secure=true')).toMatchObject({ tls: 'implicit', port: 465 });
    expect(parseSmtpUrl('smtp://h?tls.rejectUnauthorized=false').rejectUnauthorized).toBe(false);
    expect(parseSmtpUrl('smtp://h?rejectUnauthorized=false').rejectUnauthorized).toBe(false);
    expect(parseSmtpUrl('smtp://127.0.0.1?tls.servername=mail.example.com').serverName).toBe('mail.example.com');
    expect(parseSmtpUrl('smtp://h?pool=true&name=me.example.com&maxConnections=3&maxMessages=7')).toMatchObject({
      clientName: 'me.example.com',
      connections: 3,
      maxMessages: 7,
    });
    expect(parseSmtpUrl('smtp://h?maxConnections=3', { connections: 5 }).connections).toBe(5);
  });

  test('that is wrong is refused with a reason, and without the password', () => {
    const wrong = [
      'http://h',
      'mail.example.com:25',
      'smtp://',
      'smtp://user:secret@h/path',
      'smtp://user:secret@h?tls=maybe',
      'smtp://user:secret@h?rejectUnauthorised=false',
      'smtp://user:secret@h?maxConnections=0',
      'smtp://user:secret@h?requireTLS=perhaps',
      'smtp://user:secret@h?name=a%0d%0ab',
    ];
    for (const url of wrong) {
      let message = '';
      try {
        parseSmtpUrl(url);
      } catch (error) {
        if (error instanceof TypeError) ({ message } = error);
      }
      expect(message).not.toBe('');
      expect(message).not.toContain('secret');
    }
  });
});
