import { reply } from '@herald/service-kit';
import type { Page, PageRequest } from '@herald/store';
import { paged } from '../rest.ts';

/** What AJO lists by: a name, dates, and words that are compared. */
export type Row = Readonly<Record<string, unknown>>;

const FILTER = /^(\w{1,40})(==|!=|<=|>=|<|>|~|=like=)(.{0,200})$/s;

/** Keeps what a filter asks for, or says that it cannot be read. `name~^test`: begins with; `=like=`: contains. */
export function filterOf(text: string, fields: readonly string[]): ((row: Row) => boolean) | undefined {
  const [, field = '', operator = '', quoted = ''] = FILTER.exec(text) ?? [];
  if (!fields.includes(field)) return undefined;
  const wanted = quoted.replace(/^"(.*)"$/s, '$1');
  const test = testOf(operator, wanted);
  return ({ [field]: value }) => {
    const values = [value].flat().filter((one) => typeof one === 'string');
    return operator === '!=' ? values.every((one) => one !== wanted) : values.some(test);
  };
}

function testOf(operator: string, wanted: string): (value: string) => boolean {
  const lower = wanted.toLowerCase();
  if (operator === '~') {
    // Anchors only: a pattern of a caller's own could take for ever.
    const core = lower
      .replace(/^\^/, '')
      .replace(/\$$/, '')
      .replaceAll(/^\.\*|\.\*$/g, '');
    const [first, last] = [lower.startsWith('^'), lower.endsWith('$')];
    return (value) => {
      const text = value.toLowerCase();
      if (first && last) return text === core;
      return first ? text.startsWith(core) : last ? text.endsWith(core) : text.includes(core);
    };
  }
  if (operator === '=like=') return (value) => value.toLowerCase().includes(lower.replaceAll('*', ''));
  const date = Date.parse(wanted);
  const compare = (value: string): number =>
    Number.isNaN(date) || Number.isNaN(Date.parse(value))
      ? value < wanted
        ? -1
        : value > wanted
          ? 1
          : 0
      : Date.parse(value) - date;
  if (operator === '<') return (value) => compare(value) < 0;
  if (operator === '>') return (value) => compare(value) > 0;
  if (operator === '<=') return (value) => compare(value) <= 0;
  if (operator === '>=') return (value) => compare(value) >= 0;
  return (value) => value === wanted;
}

/** In the order of a field; `-` before it: the greatest first. */
export function sorted<T>(rows: readonly T[], orderBy: string, read: (row: T, field: string) => string): T[] {
  const down = orderBy.startsWith('-');
  const field = down ? orderBy.slice(1) : orderBy;
  const order = (a: T, b: T): number => {
    const [x, y] = [read(a, field), read(b, field)];
    return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
  };
  return rows.toSorted(order);
}

interface AjoPageQuery {
  readonly orderby: string;
  readonly limit: number;
  readonly start?: string | undefined;
}

/** A page of what AJO lists under `/config/suppression`: in the order of the store, and by its cursor. */
export async function ajoPage<T, V>(
  path: string,
  { orderby, limit, start }: AjoPageQuery,
  list: (page: PageRequest) => Promise<Page<T>>,
  view: (item: T) => V,
) {
  const page = await paged(() => list(start === undefined ? { limit } : { limit, cursor: start }));
  if ('problem' in page)
    return { ...page, detail: 'start must be the `next` of an earlier page', context: { field: 'start' } };
  const { items, next } = page.body;
  const self = `${path}?limit=${limit}`;
  return reply(200, {
    _page: { orderby, count: items.length, ...(next === undefined ? {} : { next }) },
    items: items.map(view),
    _links: {
      self: { href: start === undefined ? self : `${self}&start=${encodeURIComponent(start)}` },
      ...(next === undefined ? {} : { next: { href: `${self}&start=${encodeURIComponent(next)}` } }),
    },
  });
}
