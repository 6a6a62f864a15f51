import type { Surface } from '@herald/contracts';
import type { SurfaceRepository } from '../port.ts';
import { toSurface } from '../surface-body.ts';
import { idOf } from './ids.ts';
import { insertOnce } from './insert-once.ts';
import type { Models, SurfaceDocument } from './models.ts';
import { BY_TENANT, newestFirst, readSlice, toPage } from './paging.ts';
import type { Revision } from './revision.ts';

export function createSurfaces({ surfaces }: Models, revision: Revision, newId: () => string): SurfaceRepository {
  return {
    insert: async (tenant, surface) => {
      const document = {
        _id: idOf(tenant, surface.id),
        tenant: idOf(tenant),
        place: newId(),
        revision: surface.revision,
        body: JSON.stringify(surface),
      };
      const [inserted] = await revision.change(
        () => insertOnce(surfaces, [document]),
        ([done = false]) => done,
      );
      if (!inserted) throw new Error('the id belongs to another surface');
    },
    get: async (tenant, id) => {
      const found = await surfaces.findById(idOf(tenant, id)).lean<SurfaceDocument>();
      return found === null ? undefined : surfaceOf(found);
    },
    list: async (tenant, request) => {
      const slice = newestFirst('place', request);
      const found = await readSlice(surfaces, { tenant: idOf(tenant) }, slice, BY_TENANT);
      return toPage(found, slice, surfaceOf);
    },
    replace: async (tenant, surface) => {
      const _id = idOf(tenant, surface.id);
      const replaced = await revision.change(
        () =>
          surfaces.findOneAndUpdate(
            { _id, revision: surface.revision - 1 },
            { $set: { revision: surface.revision, body: JSON.stringify(surface) } },
            { projection: { _id: 1 } },
          ),
        (found) => found !== null,
      );
      if (replaced !== null) return { kind: 'written', value: surface };
      return { kind: (await surfaces.exists({ _id })) === null ? 'missing' : 'conflict' };
    },
  };
}

const surfaceOf = ({ body }: SurfaceDocument): Surface => toSurface(body);
