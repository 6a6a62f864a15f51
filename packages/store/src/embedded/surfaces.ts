import type { Surface, Tenant } from '@herald/contracts';
import type { SurfaceRepository } from '../port.ts';
import { toSurface } from '../surface-body.ts';
import type { Call } from './call.ts';
import type { SurfaceWrite } from './operations/surfaces.ts';
import { newestFirst, toPage } from './paging.ts';

export function createSurfaces(call: Call): SurfaceRepository {
  return {
    insert: (tenant, surface) => call('surfacesInsert', toWrite(tenant, surface)),
    get: async ({ org, sandbox }, id) => {
      const row = await call('surfacesGet', [org, sandbox, id]);
      return row && toSurface(row[0]);
    },
    list: async ({ org, sandbox }, request) => {
      const slice = newestFirst(request);
      const rows = await call('surfacesList', [org, sandbox, slice.from, slice.limit]);
      return toPage(rows, slice, ([, body]) => toSurface(body));
    },
    replace: async (tenant, surface) => {
      const kind = await call('surfacesReplace', toWrite(tenant, surface));
      return kind === 'written' ? { kind, value: surface } : { kind };
    },
  };
}

const toWrite = ({ org, sandbox }: Tenant, surface: Surface): SurfaceWrite => ({
  key: [org, sandbox, surface.id],
  revision: surface.revision,
  body: JSON.stringify(surface),
});
