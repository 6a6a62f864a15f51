import { describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { composeMime } from './mime.ts';
import { outgoing, surface } from './testing/outgoing.ts';

const ASCII = /^[\t\r\n\x20-\x7e]*$/;

/** What a reader sees, and that the wire can carry it. */
async function roundTrip(change: Parameters<typeof outgoing>[0]) {
  const mime = composeMime(outgoing(change));
  expect(mime).toMatch(ASCII);
  expect(mime).not.toMatch(/[^\r]\n|\r(?!\n)/);
  for (const line of mime.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
  const parsed = await simpleParser(mime, { skipTextToHtml: true, skipHtmlToText: true, skipTextLinks: true });
  return { mime, parsed, headers: mime.slice(0, mime.indexOf('\r\n\r\n')).split(/\r\n(?![ \t])/) };
}

describe('a composed message', () => {
  test('has its headers in order, and says the same over all attempts', async () => {
    const { mime, headers, parsed } = await roundTrip({ messageId: '0198c-1' });
    expect(headers.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
      'From',
      'To',
      'Subject',
      'Date',
      'Message-ID',
      'Reply-To',
      'MIME-Version',
      'Content-Type',
    ]);
    expect(headers[0]).toBe('From: Example Accounts <accounts@example.com>');
    expect(headers[3]).toBe('Date: Mon, 09 Mar 2026 08:07:06 +0000');
    expect(parsed.messageId).toBe('<0198c-1@example.com>');
    expect(parsed.replyTo?.value).toEqual([{ address: 'help@example.com', name: '' }]);
    expect(mime).toBe(composeMime(outgoing({ messageId: '0198c-1' })));
  });

  test('has the headers of its campaign, each on a line of its own, and where answers go', async () => {
    const headers = {
      'X-Order': 'Grüße\r\nBcc: all@example.com',
      'List-Unsubscribe': '<https://a.example/u>',
      'X-No': '',
    };
    const { parsed, headers: lines } = await roundTrip({ email: { replyTo: 'orders@example.com', headers } });
    expect(parsed.replyTo?.value).toEqual([{ address: 'orders@example.com', name: '' }]);
    const words = Buffer.from('Grüße Bcc: all@example.com').toString('base64');
    expect(lines).toContain(`X-Order: =?UTF-8?B?${words}?=`);
    expect(parsed.bcc).toBeUndefined();
    expect(lines).toContain('List-Unsubscribe: <https://a.example/u>');
    expect(lines.some((line) => line.startsWith('X-No'))).toBe(false);
    expect((await roundTrip({ email: { replyTo: '' } })).parsed.replyTo?.text).toBe('help@example.com');
  });

  test('carries both bodies unchanged', async () => {
    const url = 'https://example.com/reset?a=1&b=%2F&c=é€𝄞&d=x=y#f';
    const html = `<p>Grüße</p>\n<a href="${url.replaceAll('&', '&amp;')}">reset</a>\n.\n..\n.end\n`;
    const text = `Grüße\n${url}\n.\n..dots\n`;
    const { parsed } = await roundTrip({ email: { html, text } });
    expect(parsed.html).toBe(html);
    expect(parsed.text).toBe(text);
  });

  test('carries ASCII as it is, and whatever lines cannot hold in base64', async () => {
    const plain = await roundTrip({ email: { html: '<p>Hello</p>\n.\n', text: 'Hello = %2F\r\n\tthere' } });
    expect(plain.mime).not.toContain('base64');
    expect(plain.parsed.text).toBe('Hello = %2F\n\tthere');
    for (const html of ['x'.repeat(999), 'a\rb', 'a\0b', 'é', `${'y'.repeat(5_000)}\nz`]) {
      // oxlint-disable-next-line no-await-in-loop
      const { mime, parsed } = await roundTrip({ email: { html, text: 'x'.repeat(998) } });
      expect(mime.match(/Content-Transfer-Encoding: \w+/g)).toEqual([
        'Content-Transfer-Encoding: 7bit',
        'Content-Transfer-Encoding: base64',
      ]);
      expect(Buffer.from(mime.split('base64\r\n\r\n')[1]?.split('--')[0] ?? '', 'base64').toString()).toBe(
        html.replaceAll('\n', '\r\n'),
      );
      expect(parsed.text).toHaveLength(998);
    }
  });

  test('carries a page of 500 kB', async () => {
    const html = `<p>${'0123456789 ä'.repeat(42_000)}</p>`;
    const { parsed } = await roundTrip({ email: { html } });
    expect(parsed.html).toBe(html);
  });

  test('keeps content that holds its boundary apart from it', async () => {
    const boundary = /boundary="([^"]+)"/.exec(composeMime(outgoing()))?.[1] ?? '';
    const html = `<p>one</p>\r\n--${boundary}--\r\n<p>two</p>`;
    const { parsed } = await roundTrip({ email: { html } });
    expect(parsed.html).toBe(html.replaceAll('\r\n', '\n'));
  });

  test.each([
    'Reset your password',
    'Ihr Code: 123456 – gültig für 5 Minuten',
    'パスワードを再設定してください。'.repeat(10),
    '𝄞'.repeat(60),
    `A subject of many words ${'that goes on and on '.repeat(30)}to its end`,
    'x'.repeat(1_900),
    'two  spaces in a subject that is longer than one line can hold, so that it has  to be folded somewhere',
    '=?utf-8?Q?not=20encoded?=',
    'a: b; "c" <d@example.com>, (e) \\f',
  ])('carries the subject %#', async (subject) => {
    const { parsed } = await roundTrip({ email: { subject } });
    expect(parsed.subject).toBe(subject);
  });

  test('lets nothing end a header line', async () => {
    const evil = 'Hi\r\nBcc: eve@example.com\r\n\r\n<script>\n\0\u2028X-Evil: 1\u0085';
    const { headers, parsed } = await roundTrip({
      messageId: 'm\r\nX-Evil: 1',
      email: { subject: evil },
      surface: { ...surface, sender: { ...surface.sender, name: evil } },
    });
    expect(headers).toHaveLength(8);
    expect(parsed.headers.has('bcc')).toBe(false);
    expect(parsed.headers.has('x-evil')).toBe(false);
    expect(parsed.subject).toBe('Hi Bcc: eve@example.com <script> X-Evil: 1 ');
    expect(parsed.from?.value).toHaveLength(1);
    expect(parsed.from?.value[0]?.address).toBe('accounts@example.com');
  });

  test.each(['Ada', '', 'Lovelace, Ada', 'Ada "The First" \\ L.', 'Ada Müller & Söhne', 'ada@home', '=?x?='])(
    'names the sender %p',
    async (name) => {
      const { parsed } = await roundTrip({ surface: { ...surface, sender: { ...surface.sender, name } } });
      expect(parsed.from?.value).toEqual([{ name, address: 'accounts@example.com' }]);
    },
  );

  test('follows its surface when that changes', () => {
    const changed = { ...surface, revision: 2, replyTo: 'new@example.com' };
    expect(composeMime(outgoing())).toContain('Reply-To: help@example.com');
    expect(composeMime(outgoing({ surface: changed }))).toContain('Reply-To: new@example.com');
  });
});
