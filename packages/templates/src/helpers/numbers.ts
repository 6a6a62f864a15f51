import { checkNames, decimalsOf, localeOf, numberFormat, type NumberStyle } from './formats.ts';
import type { Helper } from './spec.ts';
import { numberOf } from './values.ts';

type Hash = Readonly<Record<string, unknown>>;

function format(value: unknown, hash: Hash, style: NumberStyle['style'], currency?: string): string {
  const number = numberOf(value);
  if (number === undefined) return '';
  const decimals = decimalsOf(hash['decimals']);
  const formatter = numberFormat(localeOf(hash['locale']), { style, decimals, ...(currency && { currency }) });
  return formatter?.format(number) ?? '';
}

const isCurrency = (code: unknown): code is string => typeof code === 'string' && /^[A-Z]{3}$/i.test(code);

export const NUMBERS: Readonly<Record<string, Helper>> = {
  number: {
    min: 1,
    max: 1,
    names: ['decimals', 'locale'],
    needs: true,
    usage: '{{number value decimals=2 locale="de"}}',
    check: ({ hash }) => checkNames(hash),
    run: ([value], hash) => format(value, hash, 'decimal'),
  },
  percent: {
    min: 1,
    max: 1,
    names: ['decimals', 'locale'],
    needs: true,
    usage: '{{percent 0.25 decimals=1 locale="de"}}',
    check: ({ hash }) => checkNames(hash),
    run: ([value], hash) => format(value, hash, 'percent'),
  },
  currency: {
    min: 2,
    max: 2,
    names: ['decimals', 'locale'],
    needs: true,
    usage: '{{currency value "EUR" locale="de"}}',
    check: ({ params: [, code], hash }) =>
      code === undefined || isCurrency(code) ? checkNames(hash) : 'the currency is not a code like "EUR"',
    // Without a currency that exists the amount still says something.
    run: ([value, code], hash) =>
      isCurrency(code) ? format(value, hash, 'currency', code) : format(value, { decimals: 2, ...hash }, 'decimal'),
  },
};
