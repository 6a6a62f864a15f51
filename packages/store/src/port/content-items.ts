import type { Fragment, Template, Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';
import type { Written } from './written.ts';

/** What can be put into campaigns, by kind. `source`: the document of another contract that it was made from. */
export interface ContentItems {
  readonly template: Template & { readonly source?: Readonly<Record<string, unknown>> };
  readonly fragment: Fragment & { readonly source?: Readonly<Record<string, unknown>> };
}
export type ContentKind = keyof ContentItems;

export interface ContentItemRepository {
  insert<K extends ContentKind>(tenant: Tenant, kind: K, item: ContentItems[K]): Promise<void>;
  get<K extends ContentKind>(tenant: Tenant, kind: K, id: string): Promise<ContentItems[K] | undefined>;
  /** Those with exactly this name, at most two: names need not be unique, and one is enough to know that. */
  named<K extends ContentKind>(tenant: Tenant, kind: K, name: string): Promise<readonly ContentItems[K][]>;
  /** Newest first. */
  list<K extends ContentKind>(tenant: Tenant, kind: K, page: PageRequest): Promise<Page<ContentItems[K]>>;
  /** Replaces the item if its stored revision is `item.revision - 1`. */
  replace<K extends ContentKind>(tenant: Tenant, kind: K, item: ContentItems[K]): Promise<Written<ContentItems[K]>>;
  /** Whether there was one. */
  remove(tenant: Tenant, kind: ContentKind, id: string): Promise<boolean>;
}
