import { encodeComponent } from '../address.ts';
import { chargeWork } from '../budget.ts';
import { textOf } from '../print.ts';
import { graphemes } from './formats.ts';
import type { Helper } from './spec.ts';
import { numberOf } from './values.ts';

/** The text of a value, paid for. */
function text(value: unknown): string {
  const found = textOf(value);
  chargeWork(found.length);
  return found;
}

const change = (name: string, run: (value: string) => string): Helper => ({
  min: 1,
  max: 1,
  needs: true,
  usage: `{{${name} value}}`,
  run: ([value]) => run(text(value)),
});

function capitalize(value: string): string {
  const first = String.fromCodePoint(value.codePointAt(0) ?? 32);
  return value === '' ? '' : first.toUpperCase() + value.slice(first.length);
}

/** Cuts between what readers see as characters; an emoji of several code points stays whole. */
function truncate(value: string, length: number, end: string): string {
  if (value.length <= length) return value;
  let kept = '';
  let count = 0;
  for (const { segment } of graphemes()?.segment(value) ?? []) {
    chargeWork(10);
    if (++count > length) return kept + end;
    kept += segment;
  }
  return value;
}

function replace(value: string, from: string, to: string): string {
  if (from === '') return value;
  const pieces = value.split(from);
  chargeWork(pieces.length * (to.length + 1));
  return pieces.join(to);
}

/** The parts of an http(s) address; of any other there are none. */
function address(value: unknown): URL | undefined {
  const written = text(value);
  const url = written.length <= 10_000 ? URL.parse(written) : null;
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url : undefined;
}

const addressPart = (name: string, run: (url: URL) => string): Helper => ({
  min: 1,
  max: 1,
  needs: true,
  usage: `{{${name} url}}`,
  run: ([value]) => {
    const url = address(value);
    return url ? run(url) : '';
  },
});

export const TEXTS: Readonly<Record<string, Helper>> = {
  upper: change('upper', (value) => value.toUpperCase()),
  lower: change('lower', (value) => value.toLowerCase()),
  capitalize: change('capitalize', capitalize),
  capitalise: change('capitalise', capitalize),
  truncate: {
    min: 2,
    max: 3,
    needs: true,
    usage: '{{truncate value 20 "…"}}',
    check: ({ params: [, length] }) =>
      length === undefined || (numberOf(length) ?? -1) >= 0 ? undefined : 'the length is not a number',
    run: ([value, length, end = '…']) =>
      truncate(text(value), Math.max(0, numberOf(length) ?? Infinity), textOf(end).slice(0, 100)),
  },
  replace: {
    min: 3,
    max: 3,
    needs: true,
    usage: '{{replace value "from" "to"}}',
    run: ([value, from, to]) => replace(text(value), text(from), text(to)),
  },
  urlEncode: change('urlEncode', (value) => {
    chargeWork(value.length * 2);
    return encodeComponent(value);
  }),
  urlHost: addressPart('urlHost', (url) => url.host),
  urlPath: addressPart('urlPath', (url) => url.pathname),
  urlQuery: {
    min: 2,
    max: 2,
    needs: true,
    usage: '{{urlQuery url "name"}}',
    run: ([value, name]) => address(value)?.searchParams.get(text(name)) ?? '',
  },
};
