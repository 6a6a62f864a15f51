import { describe, expect, test } from '@jest/globals';
import { compileContent } from './index.ts';

function issues(html: string): string[] {
  const compiled = compileContent('email', { subject: 's', html, text: 't' });
  return compiled.ok ? [] : compiled.issues.map(({ message }) => message);
}

function render(html: string, v: unknown): string {
  const compiled = compileContent('email', { subject: 's', html, text: 't' });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
  const rendered = compiled.template.render({ profile: {}, context: { v, list: [v, v] }, system: {} });
  if (!rendered.ok) throw new Error(rendered.reason);
  return rendered.content.html;
}

describe('what a value is, where it stands', () => {
  const value = `a b/c?d=e&f@+'"<`;
  const escaped = 'a b/c?d=e&amp;f@+&#39;&quot;&lt;';
  const encoded = 'a%20b%2Fc%3Fd%3De%26f%40%2B%27%22%3C';

  test.each([
    ['<p>{{context.v}}</p>', `<p>${escaped}</p>`],
    ['<title>{{context.v}}</title>', `<title>${escaped}</title>`],
    ['<p title="{{context.v}}">', `<p title="${escaped}">`],
    ["<p title='x {{context.v}}'>", `<p title='x ${escaped}'>`],
    ['<td data-x="{{context.v}}" aria-label="{{context.v}}">', `<td data-x="${escaped}" aria-label="${escaped}">`],
    ['<a href="https://x.org/?a={{context.v}}">', `<a href="https://x.org/?a=${encoded}">`],
    [
      '<a href="https://x.org/{{context.v}}?b={{context.v}}#{{context.v}}">',
      `<a href="https://x.org/${encoded}?b=${encoded}#${encoded}">`,
    ],
    ['<a href="/x/{{context.v}}">', `<a href="/x/${encoded}">`],
    ['<a href="HTTPS&colon;//x.org/{{context.v}}">', `<a href="HTTPS&colon;//x.org/${encoded}">`],
    ['<img src="cid:{{context.v}}">', `<img src="cid:${encoded}">`],
    [
      '<a href="mailto:{{context.v}}?subject={{context.v}}">',
      `<a href="mailto:${encoded.replace('%40', '@')}?subject=${encoded}">`,
    ],
    ['<a href="tel:{{context.v}}">', `<a href="tel:${encoded.replace('%2B', '+')}">`],
    [
      '<a href="sms:{{context.v}}?body={{context.v}}">',
      `<a href="sms:${encoded.replace('%2B', '+')}?body=${encoded}">`,
    ],
    ['<a href="https://x.org/?a={{urlEncode context.v}}">', `<a href="https://x.org/?a=${encoded}">`],
  ])('%s', (html, expected) => {
    expect(render(html, value)).toBe(expected);
  });

  const url = 'https://user@x.org:8080/a%2Fb/ü?a=b&c=%C3%BC+d#e=f;g,(h)!*~';
  test.each([
    ['<a href="{{context.v}}">', url],
    ['<a href="{{context.v}}">', 'HTTP://x.org'],
    ['<a href="{{context.v}}">', 'mailto:a@x.org?subject=b c'],
    ['<a href="{{context.v}}">', 'tel:+49-30-1'],
    ['<a href="{{context.v}}">', 'sms:+49301?body=x'],
    ['<a href="{{context.v}}">', '/a/b?c=d:e'],
    ['<a href="{{context.v}}">', 'a/b:c'],
    ['<a href="{{context.v}}">', '#a'],
    ['<a href="{{context.v}}">', '?a=javascript:b'],
    ['<a href="{{context.v}}">', '//x.org/a'],
    ['<a href="{{context.v}}">', ''],
    ["<a href=' {{context.v}}'>", 'https://x.org/'],
    ['<img src="{{context.v}}">', 'https://x.org/a.png'],
    ['<td background="{{context.v}}">', 'https://x.org/a.png'],
  ])('%s as it is: %s', (html, v) => {
    const written = v.replaceAll('&', '&amp;');
    expect(render(html, v)).toBe(html.replace('{{context.v}}', written));
    expect(render(html, ` ${v}\r\n`)).toBe(html.replace('{{context.v}}', written));
  });

  test.each([
    'javascript:a',
    'JAVASCRIPT:a',
    'data:a',
    'vbscript:a',
    'ftp://a',
    'x:a',
    'java\tscript:a',
    'https://a\nb',
    'a&colon;b',
    ':',
    '\\a',
    'a b:c',
  ])('an address that is not known to be harmless leads nowhere: %j', (v) => {
    expect(render('<a href="{{context.v}}">', v)).toBe('<a href="#">');
    expect(render('<a href="{{context.v}}/x">', v)).toBe('<a href="#/x">');
  });

  test.each([
    ['<a href="{{#if context.v}}{{context.v}}{{else}}https://x.org/{{/if}}">', '<a href="https://a.org/?b&amp;c">'],
    [
      '<a href="{{#if context.v}}https://x.org/?a={{else}}https://y.org/?b={{/if}}{{context.v}}">',
      '<a href="https://x.org/?a=https%3A%2F%2Fa.org%2F%3Fb%26c">',
    ],
    ['<a {{#if context.v}}href="{{else}}title="x" href="{{/if}}{{context.v}}">', '<a href="https://a.org/?b&amp;c">'],
    [
      '<a{{#if context.v}} href="{{context.v}}"{{/if}}{{#if context.v}} hidden{{/if}}{{#unless context.v}} width=5{{/unless}}>',
      '<a href="https://a.org/?b&amp;c" hidden>',
    ],
    [
      '<a href="https://x.org/?{{#each context.list}}a={{this}}&amp;{{/each}}">',
      `<a href="https://x.org/?${'a=https%3A%2F%2Fa.org%2F%3Fb%26c&amp;'.repeat(2)}">`,
    ],
    ['{{#if context.v}}<p title="{{else}}<p title="x{{/if}}{{context.v}}">', '<p title="https://a.org/?b&amp;c">'],
    ['{{#if context.v}}<b>{{else}}</b>{{/if}}{{context.v}}', '<b>https://a.org/?b&amp;c'],
    [
      '<svg><title>x</title><style>a{}</style><text x="1">{{context.v}}</text></svg>',
      '<svg><title>x</title><style>a{}</style><text x="1">https://a.org/?b&amp;c</text></svg>',
    ],
    [
      '<script type="application/ld+json">{"a<b": 1}</script>{{context.v}}',
      '<script type="application/ld+json">{"a<b": 1}</script>https://a.org/?b&amp;c',
    ],
  ])('branches and loops: %s', (html, expected) => {
    expect(render(html, 'https://a.org/?b&c')).toBe(expected);
  });
});

describe('HTML is refused', () => {
  test.each([
    ['<p>\n{{{context.v}}}</p>', /^line 2: values are always escaped/],
    ['<p style="color:{{context.v}}">', /styles/],
    ['<p\n style="{{#if context.v}}color:{{context.v}}{{/if}}">', /^line 2: .*styles/],
    ['<p onclick="{{context.v}}">', /event handlers \("onclick"\)/],
    ['<p ONFOO="{{context.v}}">', /event handlers/],
    ['<img srcset="{{context.v}} 2x">', /srcset/],
    ['<iframe srcdoc="{{context.v}}"></iframe>', /srcdoc/],
    ['<iframe src="{{context.v}}"></iframe>', /attributes of <iframe>/],
    ['<base href="{{context.v}}">', /attributes of <base>/],
    ['<link rel="stylesheet" href="{{context.v}}">', /attributes of <link>/],
    ['<meta http-equiv="refresh" content="0;url={{context.v}}">', /attributes of <meta>/],
    ['<script src="{{context.v}}"></script>', /attributes of <script>/],
    ['<object data="{{context.v}}"></object>', /attributes of <object>/],
    ['<embed src="{{context.v}}">', /attributes of <embed>/],
    ['<form action="{{context.v}}">', /attribute "action" of <form>/],
    ['<button formaction="{{context.v}}">', /attribute "formaction"/],
    ['<input type="image" src="{{context.v}}">', /attribute "src" of <input>/],
    ['<svg><use href="{{context.v}}"/></svg>', /attribute "href" of <use>/],
    ['<svg><a xlink:href="{{context.v}}">x</a></svg>', /attribute "xlink:href"/],
    ['<svg><animate attributeName="href" values="{{context.v}}"/></svg>', /attribute "values"/],
    ['<p constructor="{{context.v}}">', /attribute "constructor"/],
    ['<p title={{context.v}}>', /needs quotes: title="\{\{…\}\}"/],
    ['<p title=x{{context.v}}>', /needs quotes/],
    ['<p {{context.v}}>', /name of an attribute of <p>/],
    ['<p {{context.v}}="x">', /name of an attribute/],
    ['<p x{{context.v}}="x">', /name of an attribute/],
    ['<p title="x"{{context.v}}>', /name of an attribute/],
    ['<{{context.v}}>', /in the middle of a tag/],
    ['<h{{context.v}}>', /part of an element's name/],
    ['</{{context.v}}>', /in the middle of a tag/],
    ['<p></p title="{{context.v}}">', /closing tag/],
    ['<a href="x" href="{{context.v}}">', /"href" twice/],
    ['<!-- {{context.v}} -->', /in a comment/],
    ['<!--[if mso]><p>{{context.v}}</p><![endif]-->', /in a comment/],
    ['<!--{{#if context.v}}x{{/if}}-->', /cannot begin in a comment/],
    ['<?php {{context.v}} ?>', /in a comment/],
    ['<!doctype html {{context.v}}>', /in the doctype/],
    ['<script>{{context.v}}</script>', /inside of <script>/],
    ['<script>var x = "{{context.v}}"</script>', /inside of <script>/],
    ['<style>a { color: {{context.v}} }</style>', /inside of <style>/],
    ['<style>{{#if context.v}}a{}{{/if}}</style>', /inside of <style>/],
    ['<xmp>{{context.v}}</xmp>', /inside of <xmp>/],
    ['<noscript>{{context.v}}</noscript>', /<noscript>/],
    ['<plaintext>{{context.v}}', /<plaintext>/],
    ['<svg><title>{{context.v}}</title></svg>', /inside of <title> behind <svg>/],
    ['<svg><title><b title="</title>"></title></svg>', /"<" inside of <title>/],
    ['<select><title>{{context.v}}</title></select>', /inside of <title> behind/],
    ['{{#each context.list}}<title>{{context.v}}</title><svg></svg>{{/each}}', /inside of <title> behind/],
    ['<![CDATA[ x ]]>', /CDATA/],
    ['<a href="javascript:{{context.v}}">', /begins with "javascript:"/],
    ['<a href="java&#115;cript&colon;{{context.v}}">', /begins with "javascript:"/],
    ['<a href=" java\tscript:{{context.v}}">', /begins with "javascript:"/],
    ['<a href="data:text/html,{{context.v}}">', /begins with "data:"/],
    ['<a href="{{context.v}}:alert(1)">', /first ":" of an address/],
    ['<a href="{{context.v}}&#58;alert(1)">', /first ":" of an address/],
    ['<a href="java{{context.v}}:alert(1)">', /first ":" of an address/],
    ['<a href="{{context.v}}://x.org">', /first ":" of an address/],
    ['<p>AT&{{context.v}}</p>', /&amp;/],
    ['<a href="https://x.org/?a=1&{{context.v}}">', /&amp;/],
    [
      '{{#if context.v}}<p title="{{/if}}x">',
      /line 1: the branches of \{\{#if\}\} end in different positions: in the attribute "title" of <p>, or in text/,
    ],
    ['\n{{#if context.v}}\n<a href="{{else}}<a title="{{/if}}x">', /^line 2: the branches/],
    ['{{#if context.v}}<title>{{/if}}x</title>', /branches/],
    ['{{#unless context.v}}<!--{{/unless}} -->', /branches/],
    ['<a href="{{#if context.v}}https://x.org/?a={{/if}}{{context.v}}">', /depends on the branches/],
    ['<a href="{{#each context.list}}{{this}}{{/each}}">', /depends on the branches/],
    ['{{#each context.list}}<a href="{{/each}}x">', /the body of \{\{#each\}\} must end where it began/],
    ['{{#each context.list}}<!--{{/each}}-->', /must end where it began/],
    ['<p title="x', /the HTML ends in the attribute "title" of <p>/],
    ['<p>x<!-- y', /the HTML ends in a comment/],
    ['<title>x', /the HTML ends in the text of <title>/],
    ['x <', /the HTML ends in the middle/],
    ['\uFDD0', /U\+FDD0/],
  ])('%#: %s', (html, message) => {
    expect(issues(html)[0]).toMatch(message);
  });

  test('with all that is wrong, in the order of the lines', () => {
    const html = '<p style="{{context.a}}">\n<p onclick="{{context.b}}">\n{{{context.c}}}\n{{d}}\n<p {{context.e}}>';
    expect(issues(html).map((message) => message.slice(0, 7))).toEqual([
      'line 1:',
      'line 2:',
      'line 3:',
      'line 4:',
      'line 5:',
    ]);
  });

  test('with no more than twenty messages', () => {
    expect(issues(`${'<p style="{{context.v}}">\n'.repeat(19)}<p {{#if context.v}}><!--{{/if}}`)).toHaveLength(20);
    expect(issues('<p style="{{context.v}}">\n'.repeat(50))).toHaveLength(20);
  });

  test('before it costs much', () => {
    const startedAt = performance.now();
    expect(issues(`<t ${'{{#each context.a}} x '.repeat(30)}${'{{/each}} y="1"'.repeat(30)}>`)).not.toEqual([]);
    expect(issues(`<img alt="${'a'.repeat(450_000)}${'{{context.v}}'.repeat(2_000)}">`)).toHaveLength(1);
    expect(issues(`<a ${'a="b" '.repeat(50_000)}${'{{#if context.v}} b{{/if}}'.repeat(1_000)}>`)).toHaveLength(1);
    expect(
      issues(`<a ${Array.from({ length: 400 }, (_, at) => `{{#if context.v}}a${at}{{/if}}`).join('')}>`)[0],
    ).toMatch(/too many ways/);
    expect(issues(`<p>${'x'.repeat(400_000)}${'{{#if context.v}}a{{/if}}'.repeat(1_000)}`)).toEqual([]);
    expect(issues('<noscript>'.repeat(45_000))).toHaveLength(1);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});
