import { chargeWork } from '../budget.ts';
import { textOf } from '../print.ts';
import type { Helper } from './spec.ts';

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function join(items: readonly unknown[], separator: string): string {
  chargeWork(items.length * (separator.length + 1));
  let joined = '';
  for (const [index, item] of items.entries()) {
    const text = textOf(item);
    chargeWork(text.length);
    joined += index === 0 ? text : separator + text;
  }
  return joined;
}

function length(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'string') {
    chargeWork(value.length);
    return value.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, '.').length;
  }
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

export const LISTS: Readonly<Record<string, Helper>> = {
  join: {
    min: 1,
    max: 2,
    needs: true,
    usage: '{{join list ", "}}',
    run: ([items, separator = ', ']) => join(list(items), textOf(separator)),
  },
  length: { min: 1, max: 1, needs: true, usage: '{{length list}}', run: ([value]) => length(value) },
  first: { min: 1, max: 1, needs: true, usage: '{{first list}}', run: ([items]) => list(items)[0] },
  last: { min: 1, max: 1, needs: true, usage: '{{last list}}', run: ([items]) => list(items).at(-1) },
};
