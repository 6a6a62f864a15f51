import { API, fragmentInputSchema, type AjoFragmentInput, type FragmentInput } from '@herald/contracts';
import { invalid, parseWith, reply, type ApiBuilder, type Refusal } from '@herald/service-kit';
import type { ContentItems } from '@herald/store';
import { publish } from '../fragments.ts';
import { newItem } from '../items.ts';
import { missing, tenantOf, type ControlDeps } from '../rest.ts';
import { changeItem, listItems, patched, sourceOf } from './items.ts';

const PATH = '/ajo/content/fragments';
const TYPE = 'application/vnd.adobe.ajo.fragment.v1.0+json';
type Stored = ContentItems['fragment'];

export function routeAjoFragments(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, config } = deps;

  api.handle(API.ajoCreateFragment, async (call) => {
    const read = nativeOf(call.body);
    if ('problem' in read) return read;
    const fragment: Stored = { ...read, ...newItem(runtime, call.caller.keyId), source: sourceOf(call.body) };
    const { id } = fragment;
    await store.contentItems.insert(tenantOf(call), 'fragment', fragment);
    const headers = { 'x-resource-id': id, Location: `${config.publicUrl ?? ''}${PATH}/${id}`, ETag: '"1"' };
    return { status: 201, headers } as const;
  });

  api.handle(API.ajoListFragments, async (call) => {
    const page = await listItems(store, tenantOf(call), 'fragment', PATH, call.query, (item) => {
      const { fragment: _content, ...row } = view(item);
      return row;
    });
    return 'problem' in page ? page : { ...page, type: 'application/vnd.adobe.ajo.fragment-list.v1.0+json' };
  });

  api.handle(API.ajoGetFragment, async (call) => {
    const item = await store.contentItems.get(tenantOf(call), 'fragment', call.params.id);
    if (item === undefined) return missing('fragment');
    return { ...reply(200, view(item), { ETag: `"${item.revision}"` }), type: TYPE };
  });

  api.handle(API.ajoReplaceFragment, async (call) => {
    const read = nativeOf(call.body);
    if ('problem' in read) return read;
    const change = (current: Stored): Stored => ({ ...current, ...read, source: sourceOf(call.body) });
    const done = await changeItem(deps, call, 'fragment', change);
    return 'problem' in done ? done : ({ status: 204, headers: { ETag: `"${done.item.revision}"` } } as const);
  });

  api.handle(API.ajoPatchFragment, async (call) => {
    const done = await changeItem(deps, call, 'fragment', (current) => patched<'fragment'>(current, call.body));
    return 'problem' in done ? done : ({ status: 204, headers: { ETag: `"${done.item.revision}"` } } as const);
  });

  api.handle(API.ajoPublishFragment, async (call) => {
    const tenant = tenantOf(call);
    const { fragmentId } = call.body;
    const fragment = await store.contentItems.get(tenant, 'fragment', fragmentId);
    if (fragment === undefined) return missing('fragment');
    const published = await publish(deps, tenant, fragment, call.caller.keyId);
    if ('problem' in published) return published;
    const Location = `${config.publicUrl ?? ''}${PATH}/${fragmentId}/lastPublicationStatus`;
    return { status: 202, headers: { Location, 'Retry-After': '1' } } as const;
  });

  api.handle(API.ajoLiveFragment, async (call) => {
    const item = await store.contentItems.get(tenantOf(call), 'fragment', call.params.id);
    const text = item?.published?.text;
    return item === undefined || text === undefined
      ? missing('published fragment')
      : reply(200, view({ ...item, text }));
  });

  api.handle(API.ajoPublicationStatus, async (call) => {
    const item = await store.contentItems.get(tenantOf(call), 'fragment', call.params.id);
    if (item?.published === undefined) return missing('published fragment');
    return reply(200, { status: 'complete', errors: [] } as const);
  });
}

function nativeOf({
  name,
  description = '',
  type,
  fragment,
}: AjoFragmentInput): FragmentInput | Refusal<'invalid-body'> {
  const text = type === 'html' ? fragment.content : fragment.expression;
  const field = type === 'html' ? 'fragment.content' : 'fragment.expression';
  const parsed = parseWith(fragmentInputSchema, { name, description, type, text });
  return parsed.ok
    ? parsed.value
    : invalid({ field: parsed.field === 'text' ? field : parsed.field, message: parsed.message });
}

function view(item: Stored) {
  const { id, name, description, type, text, source, createdAt, createdBy, modifiedAt, modifiedBy } = item;
  return {
    source: { origin: 'ajo' },
    ...(type === 'expression' ? { subType: 'TEXT' } : {}),
    ...source,
    id,
    name,
    description,
    type,
    channels: [type === 'html' ? 'email' : 'shared'],
    fragment: type === 'html' ? { content: text } : { expression: text },
    status: item.published === undefined ? ('DRAFT' as const) : ('PUBLISHED' as const),
    createdAt,
    createdBy,
    modifiedAt,
    modifiedBy,
  };
}
