import type { Surface, Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';
import type { Written } from './written.ts';

export interface SurfaceRepository {
  insert(tenant: Tenant, surface: Surface): Promise<void>;
  get(tenant: Tenant, id: string): Promise<Surface | undefined>;
  /** Newest first. */
  list(tenant: Tenant, page: PageRequest): Promise<Page<Surface>>;
  /** Replaces the surface if its stored revision is `surface.revision - 1`. */
  replace(tenant: Tenant, surface: Surface): Promise<Written<Surface>>;
}
