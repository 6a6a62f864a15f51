import { Outage, type CampaignContent, type Tenant } from '@herald/contracts';
import { fromJson } from '../json.ts';
import type { CampaignHead, CampaignRepository, CampaignVersion } from '../port.ts';
import { idOf, idsUnder } from './ids.ts';
import { insertOnce } from './insert-once.ts';
import type { CampaignDocument, ContentDocument, Models, VersionName } from './models.ts';
import { BY_TENANT, newestFirst, readSlice, toPage } from './paging.ts';
import type { Revision } from './revision.ts';

interface Campaign {
  readonly head: CampaignHead;
  readonly newest: CampaignVersion;
}

/** How often a draft may be replaced while one call reads it. */
const READS = 10;

/**
 * Head and version change together although they are two documents: the content is stored first, under an id of its own,
 * and counts from the write on that makes the head name it. What lost against another writer, or was left by a crash, is
 * named by nobody, and goes away with the next change of that version.
 */
export function createCampaigns(
  { campaigns, contents }: Models,
  revision: Revision,
  newId: () => string,
): CampaignRepository {
  async function storeContent(tenant: Tenant, head: CampaignHead, { version, content }: CampaignVersion) {
    const _id = idOf(tenant, head.id, version, newId());
    await insertOnce(contents, [{ _id, revision: head.revision, body: JSON.stringify(content) }]);
    return _id;
  }

  /** Of one version all contents but one that were made for this revision or an earlier one: none of them can count any more. */
  async function deleteOthers(tenant: Tenant, head: CampaignHead, version: number, kept: string): Promise<void> {
    const _id = { ...idsUnder(tenant, head.id, version), $ne: kept };
    await contents.deleteMany({ _id, revision: { $lte: head.revision } });
  }

  /** A draft can be replaced between the reading of its head and of its content: then the head is read again. */
  async function readOne(_id: string, number?: number): Promise<Campaign | undefined> {
    for (let reads = 0; reads < READS; reads += 1) {
      const found = await campaigns.findById(_id).lean<CampaignDocument>();
      if (found === null) return undefined;
      const head = toHead(found);
      const version = number ?? head.version;
      const contentId = found.contents[nameOf(version)];
      if (contentId === undefined) return undefined;
      const content = await contents.findById(contentId).lean<ContentDocument>();
      if (content !== null) return { head, newest: toVersion(version, content) };
    }
    throw new Outage('unavailable', 'a campaign changes faster than it can be read');
  }

  async function write(_id: string, head: CampaignHead, version?: number, contentId?: string): Promise<boolean> {
    const named = version === undefined ? {} : { [`contents.${nameOf(version)}`]: contentId };
    const written = await campaigns.findOneAndUpdate(
      { _id, revision: head.revision - 1 },
      { $set: { revision: head.revision, body: JSON.stringify(head), ...named } },
      { projection: { _id: 1 } },
    );
    return written !== null;
  }

  return {
    insert: async (tenant, head, version) => {
      const contentId = await storeContent(tenant, head, version);
      const document = {
        _id: idOf(tenant, head.id),
        tenant: idOf(tenant),
        place: newId(),
        revision: head.revision,
        contents: { [nameOf(version.version)]: contentId },
        body: JSON.stringify(head),
      };
      const [inserted] = await revision.change(
        () => insertOnce(campaigns, [document]),
        ([done = false]) => done,
      );
      if (inserted) return;
      await contents.deleteOne({ _id: contentId });
      throw new Error('the id belongs to another campaign');
    },
    get: (tenant, id) => readOne(idOf(tenant, id)),
    getVersion: async (tenant, id, version) => (await readOne(idOf(tenant, id), version))?.newest,
    list: async (tenant, request) => {
      const slice = newestFirst('place', request);
      const found = await readSlice(campaigns, { tenant: idOf(tenant) }, slice, BY_TENANT);
      const page = toPage(found, slice, (document) => ({ document, head: toHead(document) }));
      const named = page.items.map(({ document, head }) => document.contents[nameOf(head.version)] ?? '');
      const read = await contents.find({ _id: { $in: named } }).lean<ContentDocument[]>();
      const byId = new Map(read.map((content) => [content._id, content]));
      const items = await Promise.all(
        page.items.map(async ({ document, head }, place) => {
          const content = byId.get(named[place] ?? '');
          return content === undefined ? readOne(document._id) : { head, newest: toVersion(head.version, content) };
        }),
      );
      return { ...page, items: items.filter((item) => item !== undefined) };
    },
    update: async (tenant, head, version) => {
      const _id = idOf(tenant, head.id);
      const contentId = version && (await storeContent(tenant, head, version));
      const written = await revision.change(
        () => write(_id, head, version?.version, contentId),
        (done) => done,
      );
      if (written) {
        // Whatever comes of the tidying: the change is made.
        if (version && contentId) await deleteOthers(tenant, head, version.version, contentId).catch(() => undefined);
        return { kind: 'written', value: head };
      }
      if (contentId !== undefined) await contents.deleteOne({ _id: contentId });
      return { kind: (await campaigns.exists({ _id })) === null ? 'missing' : 'conflict' };
    },
  };
}

const nameOf = (version: number): VersionName => `v${version}`;

const toHead = ({ body }: CampaignDocument): CampaignHead => fromJson<CampaignHead>(body);

const toVersion = (version: number, { body }: ContentDocument): CampaignVersion => ({
  version,
  content: fromJson<CampaignContent>(body),
});
