import type { AuditEntry } from '@herald/contracts';
import { expect, test } from '@jest/globals';
import type { Client } from '../support/client.ts';
import { newCampaign, newSurface, useControl } from './fixture.ts';

const control = useControl();
const entriesOf = async (client: Client, query: string): Promise<readonly AuditEntry[]> =>
  (await client.call<{ items: AuditEntry[] }>('GET', `/v1/audit?${query}`)).body.items;

test('an id alone finds the changes of a thing, whatever it is', async () => {
  const client = await control.server.client({ sandbox: 'by-id' });
  const surface = await newSurface(client);
  const campaign = await newCampaign(client);
  const key = (await client.call<{ id: string }>('POST', '/v1/keys', { name: 'k', scopes: ['read'] })).body;
  await client.call('DELETE', `/v1/keys/${key.id}`);
  await client.call('POST', '/v1/suppressions', { channel: 'email', address: 'ada@example.com' });
  const [suppression] = await entriesOf(client, 'objectType=suppression');
  for (const [objectId, wanted] of [
    [surface.id, ['surface create']],
    [campaign.id, ['campaign create']],
    [key.id, ['key revoke', 'key create']],
    [suppression?.objectId, ['suppression add']],
    ['nothing', []],
  ] as const) {
    const found = await entriesOf(client, `objectId=${objectId}`);
    expect(found.map(({ objectType, action }) => `${objectType} ${action}`)).toEqual(wanted);
  }
  const [revoked] = await entriesOf(client, `objectId=${key.id}&limit=1`);
  expect(revoked?.action).toBe('revoke');
  expect(await entriesOf(client, `objectId=${key.id}&objectType=campaign`)).toEqual([]);
  const stranger = await control.server.client({ sandbox: 'by-id-of-another' });
  expect(await entriesOf(stranger, `objectId=${key.id}`)).toEqual([]);
});

test('an erasure is found by what its receipt says, and names nobody', async () => {
  const client = await control.server.client({ sandbox: 'erasures' });
  const eve = '/v1/profiles/email/eve@example.com';
  await client.call('PUT', eve, { attributes: { name: 'Eve' }, identities: [{ namespace: 'crm', value: 'eve-7' }] });
  const receipt = await client.call<{ auditObjectId: string }>('DELETE', eve);
  expect(receipt.body.auditObjectId).toMatch(/^[\w-]{22}$/);
  const found = await entriesOf(client, `objectId=${receipt.body.auditObjectId}`);
  expect(found).toMatchObject([{ action: 'erase', objectType: 'profile', fields: [] }]);
  expect(JSON.stringify(found)).not.toMatch(/eve/i);
  // Of the same person under another name, the log has another hash.
  const other = await client.call<{ auditObjectId: string }>('DELETE', '/v1/profiles/crm/eve-7');
  expect(other.body.auditObjectId).not.toBe(receipt.body.auditObjectId);
});
