import { describe, expect, test } from '@jest/globals';
import { createReplyParser, statusOf, type SmtpReply } from './replies.ts';

const STREAM = '250-mail.example.com\r\n250-PIPELINING\r\n250 SIZE 1000\r\n354 go\r\n250\r\n550 5.1.1 no\n';
const EXPECTED = [
  { code: 250, text: 'mail.example.com', lines: ['mail.example.com', 'PIPELINING', 'SIZE 1000'] },
  { code: 354, text: 'go', lines: ['go'] },
  { code: 250, text: '', lines: [''] },
  { code: 550, text: '5.1.1 no', lines: ['5.1.1 no'] },
];

function parse(chunks: readonly string[]): SmtpReply[] | undefined {
  const parser = createReplyParser();
  const all: SmtpReply[] = [];
  for (const chunk of chunks) {
    const replies = parser.push(chunk);
    if (!replies) return undefined;
    all.push(...replies);
  }
  return all;
}

describe('replies', () => {
  test('come out the same however the stream is cut', () => {
    expect(parse([STREAM])).toEqual(EXPECTED);
    expect(parse(STREAM.split(''))).toEqual(EXPECTED);
    for (let at = 0; at <= STREAM.length; at++) {
      expect(parse([STREAM.slice(0, at), STREAM.slice(at)])).toEqual(EXPECTED);
    }
  });

  test('that are not SMTP are refused', () => {
    for (const line of ['hello\r\n', 'HTTP/1.1 400 Bad Request\r\n', '25 ok\r\n', '999 ok\r\n', '250x\r\n', '\r\n']) {
      expect(parse([line])).toBeUndefined();
    }
  });

  test('are bounded in length and in lines', () => {
    expect(parse(['2'.repeat(10_000)])).toBeUndefined();
    expect(parse([`250 ${'x'.repeat(10_000)}\r\n`])).toBeUndefined();
    expect(parse(['250-more\r\n'.repeat(300)])).toBeUndefined();
  });

  test('tell whether one has begun and not ended', () => {
    const parser = createReplyParser();
    expect(parser.inside).toBe(false);
    parser.push('250-a\r\n');
    expect(parser.inside).toBe(true);
    parser.push('250 b\r\n2');
    expect(parser.inside).toBe(true);
    parser.push('20 c\r\n');
    expect(parser.inside).toBe(false);
  });

  test('have a status without their words', () => {
    expect(statusOf({ code: 550, text: '5.1.1 <ada@example.net> unknown' })).toBe('550 5.1.1');
    expect(statusOf({ code: 451, text: 'ada@example.net is busy' })).toBe('451');
  });
});
