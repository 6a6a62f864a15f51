import { readFileSync } from 'node:fs';
import { API } from '@herald/contracts';
import { createApi, refuse, reply, type Api, type ServiceDeps } from '@herald/service-kit';
import type { Inbox } from './inbox.ts';

const PAGE = readFileSync(new URL('./inbox.html', import.meta.url), 'utf8');

/** `GET /v1/inbox`, and the page `/inbox` that shows it. The page holds no data: it asks the API with the reader's key. */
export function createInboxApi({ authenticated }: Pick<ServiceDeps, 'authenticated'>, inbox: Inbox): Api {
  const api = createApi(authenticated);
  api.handle(API.listInbox, async ({ query }) => reply(200, { items: await inbox.list(query.limit) }));
  api.handle(API.getInboxMessage, async ({ params }) => {
    const found = await inbox.get(params.id);
    return found === undefined
      ? refuse('not-found', { detail: 'there is no such message in the inbox' })
      : reply(200, found);
  });
  api.mount(API.showInbox, (_request, response) => {
    response.setHeader(
      'Content-Security-Policy',
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; frame-src 'self'",
    );
    response.type('html').send(PAGE);
  });
  return api;
}
