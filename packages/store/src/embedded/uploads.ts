import type { UploadRecord, UploadRepository } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import { newestFirst, toPage } from './paging.ts';

export function createUploads(call: Call): UploadRepository {
  return {
    insert: ({ org, sandbox }, upload) => call('uploadsInsert', [org, sandbox, upload.id, JSON.stringify(upload)]),
    get: async ({ org, sandbox }, id) => {
      const row = await call('uploadsGet', [org, sandbox, id]);
      return row && fromJson<UploadRecord>(row[0]);
    },
    list: async ({ org, sandbox }, request) => {
      const slice = newestFirst(request);
      const rows = await call('uploadsList', [org, sandbox, slice.from, slice.limit]);
      return toPage(rows, slice, ([, body]) => fromJson<UploadRecord>(body));
    },
    remove: ({ org, sandbox }, id) => call('uploadsRemove', [org, sandbox, id]),
  };
}
