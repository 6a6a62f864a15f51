import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';
import type { WriteResult } from './surfaces.ts';

export type CampaignKey = readonly [org: string, sandbox: string, id: string];
export interface CampaignWrite {
  readonly key: CampaignKey;
  readonly revision: number;
  /** The newest version's number. */
  readonly newest: number;
  readonly head: string;
  readonly version?: { readonly number: number; readonly content: string };
}
export type CampaignRow = [head: string, content: string];

export function campaignOperations(db: DatabaseSync) {
  const insert = prepare(
    db,
    'INSERT INTO campaigns (org, sandbox, id, revision, version, head) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const update = prepare(
    db,
    `UPDATE campaigns SET revision = ?, version = ?, head = ?
     WHERE org = ? AND sandbox = ? AND id = ? AND revision = ?`,
  );
  const putVersion = prepare(
    db,
    `INSERT INTO campaign_versions (org, sandbox, campaign_id, version, content) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET content = excluded.content`,
  );
  const joined = `campaigns c JOIN campaign_versions v
    ON v.org = c.org AND v.sandbox = c.sandbox AND v.campaign_id = c.id AND v.version = c.version`;
  const get = prepare<CampaignRow>(
    db,
    `SELECT c.head, v.content FROM ${joined} WHERE c.org = ? AND c.sandbox = ? AND c.id = ?`,
  );
  const getVersion = prepare<[content: string]>(
    db,
    'SELECT content FROM campaign_versions WHERE org = ? AND sandbox = ? AND campaign_id = ? AND version = ?',
  );
  const list = prepare<[seq: number, head: string, content: string]>(
    db,
    `SELECT c.seq, c.head, v.content FROM ${joined}
     WHERE c.org = ? AND c.sandbox = ? AND c.seq < ? ORDER BY c.seq DESC LIMIT ?`,
  );

  const writeVersion = ({ key, version }: CampaignWrite): void => {
    if (version !== undefined) putVersion.run(...key, version.number, version.content);
  };

  return {
    campaignsInsert: (write: CampaignWrite): void => {
      insert.run(...write.key, write.revision, write.newest, write.head);
      writeVersion(write);
    },
    campaignsGet: (key: CampaignKey) => get.get(...key),
    campaignsGetVersion: (key: readonly [...CampaignKey, version: number]) => getVersion.get(...key),
    campaignsUpdate: (write: CampaignWrite): WriteResult => {
      const { key, revision, newest, head } = write;
      if (update.run(revision, newest, head, ...key, revision - 1) === 0) {
        return get.get(...key) === undefined ? 'missing' : 'conflict';
      }
      writeVersion(write);
      return 'written';
    },
    campaignsList: (query: readonly [org: string, sandbox: string, before: number, limit: number]) =>
      list.all(...query),
  };
}
