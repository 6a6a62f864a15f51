import type { Runtime } from '@herald/contracts';
import type { Call, Refusal } from '@herald/service-kit';
import type { ContentItems, ContentKind } from '@herald/store';
import { changed, missing, revised, stale, tenantOf, type ControlDeps } from './rest.ts';

export interface Stamp {
  readonly modifiedAt: string;
  readonly modifiedBy: string;
}
type Kept = Stamp & { id: string; revision: number; createdAt: string; createdBy: string };

/** Who changes something, and when. */
export const stampOf = ({ clock }: Pick<Runtime, 'clock'>, by: string): Stamp => ({
  modifiedAt: new Date(clock.now()).toISOString(),
  modifiedBy: by,
});

/** What a new item has, whatever is in it. */
export function newItem(runtime: Runtime, by: string): Kept {
  const stamp = stampOf(runtime, by);
  return { id: runtime.newId(), revision: 1, createdAt: stamp.modifiedAt, createdBy: by, ...stamp };
}

/** An item without the document of another contract that it was made from. */
export function itemView<T extends { readonly source?: unknown }>(item: T): Omit<T, 'source'> {
  const { source: _source, ...shown } = item;
  return shown;
}

/** Replaces an item that exists and was not changed since the caller read it. */
export async function replaceItem<K extends ContentKind>(
  { store, runtime }: ControlDeps,
  call: Pick<Call, 'caller' | 'request'> & { readonly params: { readonly id: string } },
  kind: K,
  next: (current: ContentItems[K], kept: Kept) => ContentItems[K] | Refusal<'invalid-body'>,
) {
  const tenant = tenantOf(call);
  const current = await store.contentItems.get(tenant, kind, call.params.id);
  if (current === undefined) return missing(kind);
  const outdated = stale(call, current);
  if (outdated !== undefined) return outdated;
  const { id, revision, createdAt, createdBy } = current;
  const stamp = stampOf(runtime, call.caller.keyId);
  const item = next(current, { id, revision: revision + 1, createdAt, createdBy, ...stamp });
  if ('problem' in item) return item;
  const written = await store.contentItems.replace(tenant, kind, item);
  if (written.kind === 'written') return revised(itemView(written.value));
  return written.kind === 'missing' ? missing(kind) : changed();
}
