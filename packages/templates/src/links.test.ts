import { describe, expect, test } from '@jest/globals';
import { linkIssues } from './links.ts';

const html = (text: string, fragments = {}): string[] =>
  linkIssues('email', { subject: 's', html: text }, fragments).map(
    ({ severity, message }) => `${severity}: ${message}`,
  );
const link = (address: string): string[] => html(`<a href="${address}">x</a>`);

describe('a link of an email', () => {
  test.each([
    'https://shop.example',
    'HTTP://shop.example:8080/a b?q=1&amp;r=2#top',
    'https://user@shop.example/',
    'https://{{context.host}}/x',
    'https://{{context.host}}:{{context.port}}/x?{{context.q}}',
    '{{context.url}}',
    '{{context.base}}/reset?token={{context.token}}',
    ' https://shop.example ',
    'mailto:ada@example.com,bob@example.com?subject=x',
    'mailto:{{context.email}}',
    'mailto:?subject=x',
    'tel:+45 20-12(34)56',
    'tel:{{context.phone}}',
    'sms:+4520123456?body=hi',
    'cid:logo@shop.example',
    '#top',
    '{{#if context.a}}https://a.example{{else}}https://b.example{{/if}}',
  ])('may be %s', (address) => expect(link(address)).toEqual([]));

  test.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' java&#10;script:alert(1)',
    '&#106;avascript:alert(1)',
    'vbscript:x',
    'data:text/html,x',
    'data:image/png;base64,AAAA',
    'file:///etc/passwd',
    'htps://shop.example',
    'ftp://shop.example',
    'https://',
    'https:/shop.example',
    'https:shop.example',
    'https:///path',
    'https://shop .example',
    'https://shop.example:port/',
    'https://[shop]/',
    'http//shop.example',
    'www.shop.example',
    '/reset?token={{context.token}}',
    '//shop.example',
    'shop{{context.a}}',
    'mailto:ada',
    'mailto:',
    'tel:',
    'tel:call me',
    'cid:',
    '{{#if context.a}}https://a.example{{else}}https://{{/if}}',
    '{{#if context.a}}https://{{else}}https://a.example{{/if}}',
  ])('cannot be %s', (address) => {
    const [first = '', ...more] = link(address);
    expect(first).toMatch(/^error: line 1: the address ".*" in "href" /s);
    expect(more.filter((one) => !one.startsWith('error'))).toEqual([]);
  });

  test('is looked at wherever it stands, and told with its line', () => {
    expect(
      html('<p>\n<img src="logo.png">\n<area href="x:y"><td background="//a"><form action="javascript:x">'),
    ).toEqual([
      expect.stringMatching(/^error: line 2: the address "logo.png" in "src" is no URL: begin it with https:/),
      expect.stringMatching(/^error: line 3: the address "x:y" in "href" begins with "x:"/),
      expect.stringMatching(/^error: line 3: .*"background"/),
      expect.stringMatching(/^error: line 3: .*"action" begins with "javascript:"/),
    ]);
    expect(html('<p title="javascript:x" class="/a">javascript:x</p><!-- <a href="x"> -->')).toEqual([]);
    expect(html('{{> footer}}', { footer: '<a href="imprint.html">x</a>' })).toHaveLength(1);
    expect(html('<base href="https://shop.example/"><a href="imprint.html">x</a>')).toEqual([]);
  });

  test('that is empty, or a picture in itself, is a warning', () => {
    expect(link('')).toEqual([expect.stringMatching(/^warning: .*is empty/)]);
    expect(html('<img src="data:image/png;base64,AAAA">')).toEqual([expect.stringMatching(/^warning: .*a picture/)]);
  });

  test('is found among many, and in what has more ways than are followed', () => {
    const ways = Array.from({ length: 6 }, (_, n) => `{{#if context.a${n}}}a${n}{{/if}}`).join('');
    expect(html(`<a href="https://shop.example/${ways}">x</a><a href="nowhere">y</a>`)).toHaveLength(1);
    const many = '<a href="https://shop.example/{{context.a}}">x</a>'.repeat(500);
    const begun = process.hrtime.bigint();
    expect(html(`${many}<a href="nowhere">y</a>`)).toHaveLength(1);
    expect(Number(process.hrtime.bigint() - begun) / 1e6).toBeLessThan(2_000);
  });
});

describe('a link of a text message', () => {
  const sms = (text: string): string[] => linkIssues('sms', { text }).map(({ message }) => message);

  test.each([
    'Your code: 1234. OTP:{{context.code}} {{context.url}}',
    'See https://shop.example/{{context.id}}.',
    '(https://{{context.host}}/a) www.shop.example, mailto:ada, 12:30, a:b',
    '{{#if context.a}}https://a.example{{else}}https://b.example{{/if}}!',
  ])('may be as in %s', (text) => expect(sms(text)).toEqual([]));

  test.each([
    'See https:///{{context.id}}',
    'See https://',
    'See http:/shop.example now',
    'See htps://shop.example',
    'Try javascript:alert(1)',
    'See {{#if context.a}}https://a.example{{else}}https://{{/if}}',
    'one\nhttp://shop example:x/ http://a:b/',
  ])('cannot be as in %s', (text) => expect(sms(text)).toHaveLength(1));
});

test.each([
  ['https://shop.example/{{context.id}}', 0],
  ['{{context.url}}', 0],
  ['https://', 1],
  ['https://shop.example:x/', 1],
  ['{{#if context.a}}https://a.example{{else}}https://:1/{{/if}}', 1],
])('the addresses of a push message are looked at: %s', (address, issues) => {
  const content = {
    title: 't',
    body: 'b',
    link: address,
    icon: address,
    actions: [{ action: 'a', title: 't', link: address }],
  };
  const fields = linkIssues('push', content).map(({ field }) => field);
  expect(fields).toEqual(issues === 0 ? [] : ['link', 'icon', 'actions[0].link']);
});
