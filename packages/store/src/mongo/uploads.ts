import { fromJson } from '../json.ts';
import type { UploadRecord, UploadRepository } from '../port.ts';
import { idOf } from './ids.ts';
import { insertOnce } from './insert-once.ts';
import type { Models, OwnedDocument } from './models.ts';
import { BY_TENANT, newestFirst, readSlice, toPage } from './paging.ts';

export function createUploads({ uploads }: Models, newId: () => string): UploadRepository {
  return {
    insert: async (tenant, upload) => {
      const owned = { tenant: idOf(tenant), place: newId() };
      const document = { _id: idOf(tenant, upload.id), ...owned, body: JSON.stringify(upload) };
      const [inserted] = await insertOnce(uploads, [document]);
      if (!inserted) throw new Error('the id belongs to another upload');
    },
    get: async (tenant, id) => {
      const found = await uploads.findById(idOf(tenant, id)).lean<OwnedDocument>();
      return found === null ? undefined : fromJson<UploadRecord>(found.body);
    },
    list: async (tenant, request) => {
      const slice = newestFirst('place', request);
      const found = await readSlice(uploads, { tenant: idOf(tenant) }, slice, BY_TENANT);
      return toPage(found, slice, ({ body }) => fromJson<UploadRecord>(body));
    },
    remove: async (tenant, id) => (await uploads.findByIdAndDelete(idOf(tenant, id)).lean()) !== null,
  };
}
