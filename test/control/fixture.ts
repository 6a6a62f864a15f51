import { API, type Campaign, type ProviderView, type Surface } from '@herald/contracts';
import { createControlApi } from '@herald/control';
import { createApi, type Api } from '@herald/service-kit';
import { afterAll, beforeAll } from '@jest/globals';
import express from 'express';
import type { Answer, Client } from '../support/client.ts';
import { startServer, type Parts, type TestServer } from '../support/server.ts';

export type { Answer, Client };

/** What reaches the execution API: the receiving end of a generated call. */
export interface Call {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: { readonly requestId: string; readonly recipients: readonly Record<string, unknown>[] };
}

/** What the process that answers is configured with. */
export const PROVIDERS: readonly ProviderView[] = [
  { name: 'smtp', kind: 'smtp', channel: 'email', rate: 14 },
  { name: 'second', kind: 'smtp', channel: 'email', connections: 5 },
  { name: 'text', kind: 'twilio', channel: 'sms' },
];

/** The control API on a real server and store, with a client of the sandbox acme/prod. */
export function useControl(): { server: TestServer; client: Client; calls: Call[] } {
  const control = { server: {} as TestServer, client: {} as Client, calls: [] as Call[] };
  const apis = (parts: Parts): Api[] => {
    const executions = createApi(parts.authenticated);
    executions.mount(API.executeUnitary, express.json(), (request, response) => {
      control.calls.push({ headers: request.headers, body: request.body as Call['body'] });
      response.status(202).json({});
    });
    return [
      createControlApi({
        ...parts,
        providers: PROVIDERS,
        config: { topicRetentionMs: 3_600_000, sweepGraceMs: 300_000, recordRetentionDays: 30 },
      }),
      executions,
    ];
  };
  beforeAll(async () => {
    control.server = await startServer(apis);
    control.client = await control.server.client();
  });
  afterAll(() => control.server.dispose());
  return control;
}

export const surfaceInput = {
  name: 'main',
  channel: 'email',
  sender: { name: 'Acme', address: 'no-reply@acme.example' },
};
export const campaignInput = (surfaceId: string, over: object = {}): object => ({
  title: 'Password reset',
  channel: 'email',
  surfaceId,
  content: { subject: 'Reset', html: '<p>{{context.name}}</p>', text: '{{context.name}}' },
  ...over,
});

export async function newSurface(client: Client, over: object = {}): Promise<Surface> {
  return (await client.call<Surface>('POST', '/v1/surfaces', { ...surfaceInput, ...over })).body;
}
export async function newCampaign(client: Client, over: object = {}): Promise<Campaign> {
  const surface = await newSurface(client);
  return (await client.call<Campaign>('POST', '/v1/campaigns', campaignInput(surface.id, over))).body;
}
export const act = (client: Client, id: string, action: string, headers = {}): Promise<Answer<Campaign>> =>
  client.call<Campaign>('POST', `/v1/campaigns/${id}/${action}`, undefined, headers);
export const patch = (client: Client, { id, revision }: Campaign, body: object): Promise<Answer<Campaign>> =>
  client.call<Campaign>('PATCH', `/v1/campaigns/${id}`, body, { 'if-match': `"${revision}"` });

/** The end of a problem's type: number and status. */
export const typeOf = ({ body }: Answer): string => String(body['type']).split('HERALD-')[1] ?? '';

/** Every item of a listing, page by page. */
export async function listAll<T>(client: Client, path: string, limit: number): Promise<T[][]> {
  const pages: T[][] = [];
  let cursor: string | undefined;
  do {
    const from: string = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const joint = path.includes('?') ? '&' : '?';
    const page = await client.call<{ items: T[]; next?: string }>('GET', `${path}${joint}limit=${limit}${from}`);
    if (page.status !== 200) throw new Error(`${path}: ${page.status}`);
    pages.push(page.body.items);
    cursor = page.body.next;
  } while (cursor !== undefined);
  return pages;
}
