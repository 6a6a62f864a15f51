import { API } from '@herald/contracts';
import { invalid, noContent, reply, type ApiBuilder, type Call, type Refusal } from '@herald/service-kit';
import type { Suppression, UploadRecord } from '@herald/store';
import { record } from '../audit.ts';
import { missing, tenantOf, type ControlDeps } from '../rest.ts';
import { readCsv, type CsvRecord } from './csv.ts';
import { ajoPage } from './listing.ts';
import { entryOf } from './suppressions.ts';

const PATH = '/ajo/config/suppression/uploads';
const BATCH = 500;
const FAILURES_KEPT = 1_000;

/** Files of the suppression list. They are small, so each is read while its upload waits for the answer. */
export function routeAjoUploads(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime } = deps;
  const now = (): string => new Date(runtime.clock.now()).toISOString();

  api.handle(API.ajoUpload, async (call) => {
    const file = await fileOf(call);
    if ('problem' in file) return file;
    const tenant = tenantOf(call);
    const id = runtime.newId();
    const createdAt = now();
    await record(deps, call, { action: 'import', objectType: 'suppression', objectId: id });
    let [lines, written, failed] = [0, 0, 0];
    const failures: UploadRecord['failures'][number][] = [];
    let batch: Suppression[] = [];
    const flush = async (): Promise<void> => {
      await store.suppressions.addMany(tenant, batch);
      written += batch.length;
      batch = [];
    };
    const columns = columnsOf();
    for (const row of readCsv(file.text)) {
      if (columns.isHead(row)) continue;
      lines += 1;
      const { line } = row;
      const { type, entry, message, comment } = columns.read(row);
      if (entry === undefined) {
        failed += 1;
        if (failures.length < FAILURES_KEPT) failures.push({ line, type, message });
        continue;
      }
      batch.push({ channel: 'email', address: entry, reason: comment, createdAt });
      if (batch.length >= BATCH) await flush();
    }
    await flush();
    const { keyId } = call.caller;
    const counts = { lines, written, failed, failures };
    await store.uploads.insert(tenant, { id, keyId, filename: file.name, createdAt, endedAt: now(), ...counts });
    return reply(201, { success: { jobId: id } });
  });

  api.handle(API.ajoListUploads, (call) =>
    ajoPage(PATH, call.query, (page) => store.uploads.list(tenantOf(call), page), viewOf),
  );

  api.handle(API.ajoGetUpload, async (call) => {
    const tenant = tenantOf(call);
    const found = await store.uploads.get(tenant, call.params.id);
    if (found === undefined) return missing('upload');
    return reply(200, {
      ...viewOf(found),
      imsOrgId: tenant.org,
      sandboxId: tenant.sandbox,
      failedRecords: found.failures.map(({ line, type, message }) => ({
        type,
        value: '' as const,
        comments: `line ${line}`,
        failureReason: message,
      })),
    });
  });

  api.handle(API.ajoDeleteUpload, async (call) =>
    (await store.uploads.remove(tenantOf(call), call.params.id)) ? noContent : missing('upload'),
  );
}

/** The part `file` of the form. */
async function fileOf({
  request,
  body,
}: Pick<Call<typeof API.ajoUpload>, 'request' | 'body'>): Promise<
  { readonly name: string; readonly text: string } | Refusal<'invalid-body'>
> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const form = await new Response(Uint8Array.from(body), { headers }).formData().catch(() => undefined);
  if (form === undefined) return invalid({ field: 'body', message: 'is no form of the type multipart/form-data' });
  const file = form.get('file');
  if (!(file instanceof File)) return invalid({ field: 'file', message: 'must be there, as a file' });
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return { name: file.name.slice(0, 200).toWellFormed(), text: text.decode(await file.arrayBuffer()) };
  } catch {
    return invalid({ field: 'file', message: 'must be text in UTF-8' });
  }
}

interface Row {
  readonly type: string;
  readonly entry?: string;
  readonly message: string;
  readonly comment: string;
}

/** What stands in which column: as a first line that names them says, or in AJO's order. */
function columnsOf() {
  let places = { type: 0, value: 1, comment: 2 };
  let first = true;
  return {
    isHead({ fields }: CsvRecord): boolean {
      const names = fields.map((field) => field.toUpperCase());
      const isHead = first && names.includes('TYPE') && names.includes('VALUE');
      first = false;
      const place = (name: string): number => names.indexOf(name);
      if (isHead) places = { type: place('TYPE'), value: place('VALUE'), comment: place('COMMENT') };
      return isHead;
    },
    read({ fields }: CsvRecord): Row {
      const at = (place: number): string => fields[place] ?? '';
      const comment = at(places.comment) === '' ? 'manual' : at(places.comment);
      const named = at(places.type).toLowerCase();
      if (named !== 'email' && named !== 'domain')
        return { type: '', message: 'the type must be EMAIL or DOMAIN', comment };
      const type = named.toUpperCase();
      if (!/^[ -~]{1,200}$/.test(comment))
        return { type, message: 'the comment must be up to 200 printable characters of ASCII', comment };
      const read = entryOf(named, at(places.value));
      return read.ok
        ? { type, entry: read.entry, message: '', comment }
        : { type, message: `the value ${read.message}`, comment };
    },
  };
}

const seconds = (at: string): number => Math.floor(Date.parse(at) / 1_000);

const viewOf = ({ id, keyId, filename, createdAt, endedAt, lines, written, failed }: UploadRecord) => ({
  jobId: id,
  user: keyId,
  filename,
  createTime: seconds(createdAt),
  endTime: seconds(endedAt),
  status: 'COMPLETE' as const,
  responseCode: 200,
  responseText: failed === 0 ? 'every record is on the list' : `${failed} of ${lines} records were refused`,
  recordCount: lines,
  handledCount: written,
  failedCount: failed,
});
