import type { Tenant } from '@herald/contracts';
import type { WebhookRecord, WebhookRepository } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import type { SurfaceWrite } from './operations/surfaces.ts';
import { newestFirst, toPage } from './paging.ts';

export function createWebhooks(call: Call): WebhookRepository {
  return {
    insert: (tenant, webhook) => call('webhooksInsert', toWrite(tenant, webhook)),
    get: async ({ org, sandbox }, id) => {
      const row = await call('webhooksGet', [org, sandbox, id]);
      return row && toRecord(row);
    },
    list: async ({ org, sandbox }, request) => {
      const slice = newestFirst(request);
      const rows = await call('webhooksList', [org, sandbox, slice.from, slice.limit]);
      return toPage(rows, slice, ([, ...row]) => toRecord(row));
    },
    replace: async (tenant, webhook) => {
      const kind = await call('webhooksReplace', toWrite(tenant, webhook));
      return kind === 'written' ? { kind, value: webhook } : { kind };
    },
    remove: ({ org, sandbox }, id) => call('webhooksRemove', [org, sandbox, id]),
    failing: ({ org, sandbox }, id, at) => call('webhooksFailing', { key: [org, sandbox, id], at }),
    working: ({ org, sandbox }, id) => call('webhooksWorking', [org, sandbox, id]),
  };
}

const toRecord = ([body, failingSince]: readonly [body: string, failingSince: number | null]): WebhookRecord => ({
  ...fromJson<WebhookRecord>(body),
  ...(failingSince === null ? {} : { failingSince }),
});

function toWrite({ org, sandbox }: Tenant, { failingSince: _since, ...webhook }: WebhookRecord): SurfaceWrite {
  return { key: [org, sandbox, webhook.id], revision: webhook.revision, body: JSON.stringify(webhook) };
}
