import { fromJson } from '../json.ts';
import type { WebhookRecord, WebhookRepository } from '../port.ts';
import { idOf } from './ids.ts';
import { insertOnce } from './insert-once.ts';
import type { Models, WebhookDocument } from './models.ts';
import { BY_TENANT, newestFirst, readSlice, toPage } from './paging.ts';
import type { Revision } from './revision.ts';

export function createWebhooks({ webhooks }: Models, revision: Revision, newId: () => string): WebhookRepository {
  return {
    insert: async (tenant, webhook) => {
      const document = {
        _id: idOf(tenant, webhook.id),
        tenant: idOf(tenant),
        place: newId(),
        revision: webhook.revision,
        body: bodyOf(webhook),
      };
      const [inserted] = await revision.change(
        () => insertOnce(webhooks, [document]),
        ([done = false]) => done,
      );
      if (!inserted) throw new Error('the id belongs to another webhook');
    },
    get: async (tenant, id) => {
      const found = await webhooks.findById(idOf(tenant, id)).lean<WebhookDocument>();
      return found === null ? undefined : toRecord(found);
    },
    list: async (tenant, request) => {
      const slice = newestFirst('place', request);
      return toPage(await readSlice(webhooks, { tenant: idOf(tenant) }, slice, BY_TENANT), slice, toRecord);
    },
    replace: async (tenant, webhook) => {
      const _id = idOf(tenant, webhook.id);
      const replaced = await revision.change(
        () =>
          webhooks.findOneAndUpdate(
            { _id, revision: webhook.revision - 1 },
            { $set: { revision: webhook.revision, body: bodyOf(webhook) } },
            { projection: { _id: 1 } },
          ),
        (found) => found !== null,
      );
      if (replaced !== null) return { kind: 'written', value: webhook };
      return { kind: (await webhooks.exists({ _id })) === null ? 'missing' : 'conflict' };
    },
    remove: (tenant, id) =>
      revision.change(
        async () => (await webhooks.findByIdAndDelete(idOf(tenant, id)).lean()) !== null,
        (removed) => removed,
      ),
    failing: async (tenant, id, at) => {
      const _id = idOf(tenant, id);
      await webhooks.updateOne({ _id, failingSince: { $exists: false } }, { $set: { failingSince: at } });
      return (await webhooks.findById(_id).lean<WebhookDocument>())?.failingSince;
    },
    working: async (tenant, id) => {
      await webhooks.updateOne({ _id: idOf(tenant, id) }, { $unset: { failingSince: 1 } });
    },
  };
}

const bodyOf = ({ failingSince: _since, ...webhook }: WebhookRecord): string => JSON.stringify(webhook);

const toRecord = ({ body, failingSince }: WebhookDocument): WebhookRecord => ({
  ...fromJson<WebhookRecord>(body),
  ...(failingSince === undefined ? {} : { failingSince }),
});
