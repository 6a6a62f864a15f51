import type { AjoFragmentInput, AjoTemplateInput, Tenant } from '@herald/contracts';
import { invalid, refuse, reply, type Call, type Refusal } from '@herald/service-kit';
import type { ContentItems, ContentKind, Store } from '@herald/store';
import { filterOf, sorted, type Row } from './listing.ts';
import { filtered } from '../filtered.ts';
import { stampOf } from '../items.ts';
import { changed, missing, paged, stale, tenantOf, type ControlDeps } from '../rest.ts';

/** More than that in one sandbox are not sorted here: `-createdAt` and `/v1` have pages without a limit. */
const MAX_LISTED = 10_000;
const FIELDS = [
  'id',
  'name',
  'channels',
  'templateType',
  'type',
  'status',
  'createdAt',
  'modifiedAt',
  'createdBy',
  'modifiedBy',
];

/** Every item of a kind, as AJO shows it in a list: without its content. */
async function all<K extends ContentKind, V>(
  store: Store,
  tenant: Tenant,
  kind: K,
  view: (item: ContentItems[K]) => V,
): Promise<V[]> {
  const views: V[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.contentItems.list(tenant, kind, {
      limit: 100,
      ...(cursor === undefined ? {} : { cursor }),
    });
    views.push(...page.items.map(view));
    cursor = page.next;
  } while (cursor !== undefined && views.length < MAX_LISTED);
  return views;
}

const textAt = (row: Row, field: string): string => {
  const value = row[field];
  return typeof value === 'string' ? value : '';
};

export interface ListQuery {
  readonly orderBy: string;
  readonly limit: number;
  readonly start?: string | undefined;
  readonly property?: string | readonly string[] | undefined;
}

/** A page of AJO's listings. */
export async function listItems<K extends ContentKind, V extends Row>(
  store: Store,
  tenant: Tenant,
  kind: K,
  path: string,
  { orderBy, limit, start, property = [] }: ListQuery,
  view: (item: ContentItems[K]) => V,
) {
  const tests: ((row: Row) => boolean)[] = [];
  for (const text of [property].flat()) {
    const test = filterOf(text, FIELDS);
    if (test === undefined)
      return invalid({
        field: 'property',
        message: `must be a field of ${FIELDS.join(', ')}, an operator, and a value`,
      });
    tests.push(test);
  }
  // A client that follows a link asks for the same.
  const asked = new URLSearchParams({ orderBy, limit: String(limit) });
  for (const one of [property].flat()) asked.append('property', one);
  const passes = (row: V): boolean => tests.every((test) => test(row));
  const answer = (items: readonly V[], next: string | undefined) =>
    reply(200, {
      items,
      _page: { orderBy, count: items.length, ...(next === undefined ? {} : { next }) },
      _links: {
        self: { href: path },
        ...(next === undefined ? {} : { next: { href: `${path}?${asked.toString()}&start=${next}` } }),
      },
    });
  // The order of the store: a page is read from where the last one ended, whatever there is.
  if (orderBy === '-createdAt') {
    const found = await paged(() =>
      filtered(
        (page) => store.contentItems.list(tenant, kind, page),
        start === undefined ? { limit } : { limit, cursor: start },
        async (item) => [view(item)].find(passes),
      ),
    );
    return 'problem' in found ? NOT_A_START : answer(found.body.items, found.body.next);
  }
  const from = start === undefined ? 0 : placeOf(start);
  if (from === undefined) return NOT_A_START;
  const rows = (await all(store, tenant, kind, view)).filter(passes);
  const page = sorted(rows, orderBy, (row, field) => textAt(row, field)).slice(from, from + limit);
  return answer(page, from + limit < rows.length ? cursorOf(from + limit) : undefined);
}

const NOT_A_START = invalid({ field: 'start', message: 'must be the `next` of an earlier page, in the same order' });

/** Only what a page gave as its `next`: there are other spellings, and none of them came from here. */
function placeOf(start: string): number | undefined {
  const place = Number(Buffer.from(start, 'base64url').toString());
  return Number.isSafeInteger(place) && place > 0 && cursorOf(place) === start ? place : undefined;
}

const cursorOf = (place: number): string => Buffer.from(String(place)).toString('base64url');

type Body = AjoTemplateInput | AjoFragmentInput;

/** The fields of a patch, applied to AJO's document and to what Herald keeps of it. */
export function patched<K extends ContentKind>(
  item: ContentItems[K],
  steps: readonly { readonly op: string; readonly path: string; readonly value?: string | undefined }[],
): ContentItems[K] | Refusal<'invalid-body'> {
  let next: ContentItems[K] = item;
  for (const [at, { op, path, value }] of steps.entries()) {
    if (
      op === 'remove'
        ? path === '/name'
        : value === undefined || (path === '/name' && (value === '' || value.length > 200))
    ) {
      return invalid({
        field: `[${at}]`,
        message: 'a name has 1 to 200 characters, and every other operation needs a value',
      });
    }
    const text = op === 'remove' ? '' : (value ?? '');
    if (path === '/parentFolderId') next = { ...next, source: { ...next.source, parentFolderId: text } };
    else next = { ...next, [path.slice(1)]: text };
  }
  return next;
}

/** What a change makes of an item, in AJO's manner; the answer is the caller's. */
export async function changeItem<K extends ContentKind>(
  { store, runtime }: ControlDeps,
  call: Pick<Call, 'caller' | 'request'> & { readonly params: { readonly id: string } },
  kind: K,
  change: (current: ContentItems[K]) => ContentItems[K] | Refusal<'invalid-body'>,
) {
  const tenant = tenantOf(call);
  const current = await store.contentItems.get(tenant, kind, call.params.id);
  if (current === undefined) return missing(kind);
  const outdated = stale(call, current);
  if (outdated !== undefined) return outdated;
  const next = change(current);
  if ('problem' in next) return next;
  const stamped = { ...next, ...stampOf(runtime, call.caller.keyId), revision: current.revision + 1 };
  const written = await store.contentItems.replace(tenant, kind, stamped);
  if (written.kind === 'written') return { item: written.value };
  return written.kind === 'missing' ? missing(kind) : changed();
}

/** What a client sent and Herald has no use for, kept so that it reads back what it wrote. */
export function sourceOf({ name: _name, description: _description, ...rest }: Body): Record<string, unknown> {
  return rest;
}

export const unreadable = (field: string, message: string): Refusal<'invalid-body'> =>
  refuse('invalid-body', { detail: `${field} ${message}`, context: { field } });
