import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { readReport } from './report.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}.eml`, import.meta.url));
const id = (place: number): string => `HUMA-0198c5d2-5c1e-7d04-9f0b-2f6f8f1f7a11.${place}`;
const path = (place: number): string =>
  `bounce+0198c5d25c1e7d049f0b2f6f8f1f7a11-${place}.0123456789abcdef@bounces.example.com`;
const bounced = (reason: string, bounce: string, detail?: string) => ({
  kind: 'bounced',
  reason,
  bounce,
  ...(detail === undefined ? {} : { detail }),
});

describe('a report', () => {
  test.each([
    ['postfix', 0, bounced('mailbox-unknown', 'hard', '550 5.1.1')],
    ['exim', 1, bounced('mailbox-unknown', 'hard', '550 5.0.0')],
    ['exchange', 2, bounced('mailbox-unknown', 'hard', '550 5.1.10')],
    ['gmail', 3, bounced('mailbox-full', 'soft', '552 5.2.2')],
    ['complaint', 4, { kind: 'complained', reason: 'spam-complaint' }],
  ])('of %s is read, with what says which message it is about', (name, place, report) => {
    for (const bytes of [fixture(name), Buffer.from(fixture(name).toString().replaceAll('\n', '\r\n'))]) {
      const said = readReport(bytes);
      expect(said?.report).toEqual(report);
      expect(said?.returnPaths).toContain(path(place));
      expect(said?.messageIds).toEqual([id(place)]);
    }
  });

  test('by a server that gave up is a bounce, and by one that still tries is none', () => {
    expect(readReport(fixture('timed-out'))?.report).toEqual(bounced('unreachable', 'soft', '4.4.1'));
    expect(readReport(fixture('delayed'))).toBeUndefined();
  });

  test('says no word of who the recipient is', () => {
    for (const name of ['postfix', 'exim', 'exchange', 'gmail', 'complaint', 'timed-out']) {
      expect(JSON.stringify(readReport(fixture(name))?.report)).not.toMatch(/@|example/);
    }
  });

  test('may be encoded, folded and delivered', () => {
    const status = 'Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@b.example\nAction: delivered\nStatus: 2.0.0\n';
    const head = 'Content-Type: multipart/report;\n\tboundary="a b"\n\n--a b\nContent-Type: message/delivery-status\n';
    const base64 = `${head}Content-Transfer-Encoding: base64\n\n${Buffer.from(status).toString('base64')}\n--a b--`;
    expect(readReport(Buffer.from(base64))?.report).toEqual({ kind: 'delivered' });
    const quoted = `${head}Content-Transfer-Encoding: quoted-printable\n\n${status.replace('delivered', 'deliv=\nere=64')}`;
    expect(readReport(Buffer.from(quoted))?.report).toEqual({ kind: 'delivered' });
  });

  test.each([
    ['5.7.1', 'message-refused', 'blocked'],
    ['5.1.2', 'domain-unknown', 'hard'],
    ['5.4.4', 'domain-unknown', 'hard'],
    ['5.2.1', 'mailbox-disabled', 'hard'],
    ['4.2.2', 'mailbox-full', 'soft'],
    ['5.1.8', 'sender-refused', 'blocked'],
    ['4.4.7', 'unreachable', 'soft'],
    ['5.9.9', 'unclassified', 'soft'],
    ['5.0.0', 'unclassified', 'soft'],
    ['nonsense', 'unclassified', 'soft'],
  ])('with the status %s means %s, %s', (status, reason, bounce) => {
    const text = `Content-Type: multipart/report; boundary=B\n\n--B\nContent-Type: message/delivery-status\n\nX: y\n\nAction: failed\nStatus: ${status}\n\n--B--`;
    expect(readReport(Buffer.from(text))?.report).toMatchObject({ kind: 'bounced', reason, bounce });
  });

  test('that something is no spam after all is no complaint', () => {
    const bytes = fixture('complaint').toString().replace('Feedback-Type: abuse', 'Feedback-Type: not-spam');
    expect(readReport(Buffer.from(bytes))).toBeUndefined();
    const optOut = fixture('complaint').toString().replace('Feedback-Type: abuse', 'Feedback-Type: Opt-Out');
    expect(readReport(Buffer.from(optOut))?.report).toEqual({ kind: 'complained', reason: 'unsubscribed' });
    const odd = fixture('complaint').toString().replace('Feedback-Type: abuse', 'Feedback-Type: constructor');
    expect(readReport(Buffer.from(odd))).toBeUndefined();
  });
});

describe('what is no report', () => {
  test('is told apart: an answer, a quotation of a report, a report that somebody forwards as a message', () => {
    const status = 'Action: failed\nStatus: 5.1.1\n';
    expect(readReport(Buffer.from(`Subject: out of office\n\n${status}`))).toBeUndefined();
    expect(
      readReport(Buffer.from(`Content-Type: multipart/mixed; boundary=B\n\n--B\n\n${status}\n--B--`)),
    ).toBeUndefined();
    const inside = `Content-Type: multipart/mixed; boundary=O\n\n--O\nContent-Type: message/rfc822\n\n${fixture('postfix').toString()}\n--O--`;
    expect(readReport(Buffer.from(inside))).toBeUndefined();
    for (const text of ['', '\n', '\0', ':', '--', 'Content-Type: multipart/report', '{"kind":"bounced"}']) {
      expect(readReport(Buffer.from(text))).toBeUndefined();
    }
  });

  test('never makes it throw, whatever its bytes and however a report was cut, doubled or mixed up', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => void readReport(bytes)));
    const names = ['postfix', 'exim', 'exchange', 'gmail', 'complaint'] as const;
    const lines = names.flatMap((name) => fixture(name).toString().split('\n'));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...lines), { maxLength: 80 }), (some) => {
        readReport(Buffer.from(some.join('\n')));
      }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.nat(),
        fc.nat(),
        fc.string({ unit: 'binary' }),
        (name, at, cut, text) => {
          const whole = fixture(name).toString('latin1');
          const place = at % whole.length;
          readReport(Buffer.from(whole.slice(0, place) + text + whole.slice(place + (cut % 200)), 'latin1'));
        },
      ),
    );
  });

  test('takes time in proportion to its size', () => {
    const size = 2 * 1024 * 1024;
    const hostile = [
      `Content-Type: multipart/report; boundary=B\n\n${'--B\n'.repeat(size / 4)}`,
      `Content-Type: multipart/report; boundary=B\n\n${'--B'.repeat(size / 3)}`,
      `X: ${'\n '.repeat(size / 2)}`,
      `Content-Type: multipart/report; boundary=B\n\n--B\nContent-Type: message/delivery-status\n\n${'\n \n'.repeat(size / 3)}`,
      `Content-Type: multipart/report; boundary=B\n\n--B\nContent-Type: message/delivery-status\n\nAction: failed\nDiagnostic-Code: ${'user '.repeat(size / 5)}`,
      '\n'.repeat(size),
      ' '.repeat(size),
    ];
    // What took the square of this size would not be done within the hour.
    for (const text of hostile) readReport(Buffer.from(text));
  });
});
