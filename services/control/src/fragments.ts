import { API, type ChannelContent, type Fragment, type Tenant } from '@herald/contracts';
import { noContent, refuse, type ApiBuilder, type Refusal } from '@herald/service-kit';
import type { CampaignVersion, ContentItems, Store } from '@herald/store';
import { compileContent, fragmentsIn, fragmentsOf, type Fragments } from '@herald/templates';
import { itemView, newItem, replaceItem, stampOf } from './items.ts';
import { changed, created, missing, paged, pageOf, revised, stale, tenantOf, type ControlDeps } from './rest.ts';

/** More than a content may use: whoever refers to more is told that the next one is not there. */
const MAX_FRAGMENTS = 200;

/**
 * The published text of every fragment that a content uses, by itself or through another one, under the name by which it
 * is used. A name that is no fragment's, or of several, or not published, is absent.
 */
export async function publishedFragments(
  store: Pick<Store, 'contentItems'>,
  tenant: Tenant,
  content: ChannelContent,
): Promise<Fragments> {
  return collect(store, tenant, fragmentsOf(content));
}

async function collect(
  store: Pick<Store, 'contentItems'>,
  tenant: Tenant,
  names: readonly string[],
): Promise<Fragments> {
  const found = new Map<string, string>();
  const asked = new Set<string>();
  let next = [...names];
  while (next.length > 0 && asked.size < MAX_FRAGMENTS) {
    const batch = [...new Set(next)].filter((name) => !asked.has(name)).slice(0, MAX_FRAGMENTS - asked.size);
    batch.forEach((name) => asked.add(name));
    const texts = await Promise.all(batch.map(async (name) => (await find(store, tenant, name))?.published?.text));
    next = [];
    for (const [at, text] of texts.entries()) {
      if (text === undefined) continue;
      found.set(batch[at] ?? '', text);
      next.push(...fragmentsIn(text));
    }
  }
  return Object.fromEntries(found);
}

async function find(store: Pick<Store, 'contentItems'>, tenant: Tenant, name: string): Promise<Fragment | undefined> {
  const byId = await store.contentItems.get(tenant, 'fragment', name);
  if (byId !== undefined) return byId;
  const [one, ...others] = await store.contentItems.named(tenant, 'fragment', name);
  return others.length === 0 ? one : undefined;
}

/** Publishes what the fragment says now. */
export async function publish(
  { store, runtime }: ControlDeps,
  tenant: Tenant,
  fragment: ContentItems['fragment'],
  by: string,
): Promise<ContentItems['fragment'] | Refusal<'fragment-invalid' | 'precondition-failed'>> {
  const { text, type } = fragment;
  const inside = await collect(store, tenant, fragmentsIn(text));
  const itself = new Set([fragment.id, fragment.name]);
  if (Object.keys(inside).some((name) => itself.has(name)) || fragmentsIn(text).some((name) => itself.has(name))) {
    return refuse('fragment-invalid', { detail: 'text uses the fragment itself', context: { field: 'text' } });
  }
  const options = { fragments: inside };
  const compiled =
    type === 'html'
      ? compileContent('email', { subject: 'x', html: text, text: 'x' }, options)
      : // An expression stands anywhere: what it may be is seen where it stands.
        compileContent('email', { subject: 'x', html: 'x', text }, options);
  if (!compiled.ok) {
    const [issue] = compiled.issues;
    return refuse('fragment-invalid', { detail: `text ${issue?.message ?? ''}`, context: { field: 'text' } });
  }
  const stamp = stampOf(runtime, by);
  const revision = fragment.revision + 1;
  const next = { ...fragment, ...stamp, revision, published: { revision, at: stamp.modifiedAt, text } };
  const written = await store.contentItems.replace(tenant, 'fragment', next);
  return written.kind === 'written' ? written.value : changed();
}

export function routeFragments(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, config } = deps;

  api.handle(API.createFragment, async (call) => {
    const fragment: Fragment = { ...call.body, ...newItem(runtime, call.caller.keyId) };
    await store.contentItems.insert(tenantOf(call), 'fragment', fragment);
    return created(config, `/v1/fragments/${fragment.id}`, fragment);
  });

  api.handle(API.listFragments, (call) =>
    paged(async () => {
      const page = await store.contentItems.list(tenantOf(call), 'fragment', pageOf(call.query));
      return { ...page, items: page.items.map(itemView) };
    }),
  );

  api.handle(API.getFragment, async (call) => {
    const fragment = await store.contentItems.get(tenantOf(call), 'fragment', call.params.id);
    return fragment === undefined ? missing('fragment') : revised(itemView(fragment));
  });

  api.handle(API.replaceFragment, (call) =>
    replaceItem(deps, call, 'fragment', ({ published }, stamp) => ({
      ...call.body,
      ...stamp,
      ...(published === undefined ? {} : { published }),
    })),
  );

  api.handle(API.publishFragment, async (call) => {
    const tenant = tenantOf(call);
    const fragment = await store.contentItems.get(tenant, 'fragment', call.params.id);
    if (fragment === undefined) return missing('fragment');
    const outdated = stale(call, fragment);
    if (outdated !== undefined) return outdated;
    const published = await publish(deps, tenant, fragment, call.caller.keyId);
    return 'problem' in published ? published : revised(itemView(published));
  });

  api.handle(API.deleteFragment, async (call) =>
    (await store.contentItems.remove(tenantOf(call), 'fragment', call.params.id)) ? noContent : missing('fragment'),
  );
}

/** A version with the fragments that it uses as they are now: calls are going to use it, and no call did yet. */
export function frozen({ version, content }: CampaignVersion, fragments: Fragments): CampaignVersion {
  const { fragments: _before, ...own } = content;
  return { version, content: Object.keys(fragments).length > 0 ? { ...own, fragments } : own };
}
