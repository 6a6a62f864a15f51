import { describe, expect, test } from '@jest/globals';
import type { UploadRecord } from '../port.ts';
import { expectPaging } from './paging.ts';
import { unique } from './samples.ts';
import { HARD_TEXTS, newTenant, type Shared } from './subject.ts';

export const anUpload = (over: Partial<UploadRecord> = {}): UploadRecord => ({
  id: unique('upload'),
  keyId: 'key',
  filename: 'list.csv',
  createdAt: '2026-01-02T03:04:05.678Z',
  endedAt: '2026-01-02T03:04:06.678Z',
  lines: 2,
  written: 1,
  failed: 1,
  failures: [{ line: 3, type: 'EMAIL', message: 'must be an email address' }],
  ...over,
});

export function uploadCases(store: Shared): void {
  describe('uploads', () => {
    test('are read as they were written, and taken away', async () => {
      const tenant = newTenant();
      const { uploads } = store();
      for (const filename of HARD_TEXTS) {
        const upload = anUpload({ filename });
        await uploads.insert(tenant, upload);
        expect(await uploads.get(tenant, upload.id)).toEqual(upload);
        expect(await uploads.remove(tenant, upload.id)).toBe(true);
        expect(await uploads.remove(tenant, upload.id)).toBe(false);
        expect(await uploads.get(tenant, upload.id)).toBeUndefined();
      }
    });

    test('are listed page by page, newest first', async () => {
      const tenant = newTenant();
      const add = async (): Promise<string> => {
        const upload = anUpload();
        await store().uploads.insert(tenant, upload);
        return upload.id;
      };
      const ids = [await add(), await add(), await add(), await add()].toReversed();
      const list = (page: Parameters<ReturnType<Shared>['uploads']['list']>[1]) => store().uploads.list(tenant, page);
      await expectPaging({ list, idOf: ({ id }) => id, ids, add });
    });
  });
}
