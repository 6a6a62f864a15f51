import type { CampaignContent, Tenant } from '@herald/contracts';
import type { CampaignHead, CampaignRepository, CampaignVersion } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import type { CampaignRow, CampaignWrite } from './operations/campaigns.ts';
import { newestFirst, toPage } from './paging.ts';

export function createCampaigns(call: Call): CampaignRepository {
  return {
    insert: (tenant, head, version) => call('campaignsInsert', toWrite(tenant, head, version)),
    get: async ({ org, sandbox }, id) => {
      const row = await call('campaignsGet', [org, sandbox, id]);
      return row && toCampaign(row);
    },
    getVersion: async ({ org, sandbox }, id, version) => {
      const row = await call('campaignsGetVersion', [org, sandbox, id, version]);
      return row && { version, content: fromJson<CampaignContent>(row[0]) };
    },
    list: async ({ org, sandbox }, request) => {
      const slice = newestFirst(request);
      const rows = await call('campaignsList', [org, sandbox, slice.from, slice.limit]);
      return toPage(rows, slice, ([, ...row]) => toCampaign(row));
    },
    update: async (tenant, head, version) => {
      const kind = await call('campaignsUpdate', toWrite(tenant, head, version));
      return kind === 'written' ? { kind, value: head } : { kind };
    },
  };
}

const toWrite = ({ org, sandbox }: Tenant, head: CampaignHead, version?: CampaignVersion): CampaignWrite => ({
  key: [org, sandbox, head.id],
  revision: head.revision,
  newest: head.version,
  head: JSON.stringify(head),
  ...(version === undefined ? {} : { version: { number: version.version, content: JSON.stringify(version.content) } }),
});

function toCampaign([json, content]: CampaignRow): { head: CampaignHead; newest: CampaignVersion } {
  const head = fromJson<CampaignHead>(json);
  return { head, newest: { version: head.version, content: fromJson<CampaignContent>(content) } };
}
