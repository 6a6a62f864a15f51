import { readFileSync } from 'node:fs';
import { API } from '@herald/contracts';
import { createApi, noContent, refuse, reply, type Api, type ServiceDeps } from '@herald/service-kit';
import type { Inbox } from './inbox.ts';

const PAGE = readFileSync(new URL('./page.html', import.meta.url), 'utf8');

/** `/v1/inbox`, and the page `/inbox` that shows it. The page holds no data: it asks the API with the reader's key. */
export function createInboxApi({ authenticated }: Pick<ServiceDeps, 'authenticated'>, inbox: Inbox): Api {
  const api = createApi(authenticated);
  // Before the message with an id: its path is more special.
  api.handle(API.listInboxSubscriptions, async ({ query }) => reply(200, { items: inbox.subscriptions(query.limit) }));
  api.handle(API.listInbox, async ({ query }) => reply(200, { items: await inbox.list(query) }));
  api.handle(API.getInboxMessage, async ({ params }) => {
    const found = await inbox.get(params.id);
    return found === undefined
      ? refuse('not-found', { detail: 'there is no such message in the inbox' })
      : reply(200, found);
  });
  api.handle(API.emptyInbox, async () => {
    inbox.clear();
    return noContent;
  });
  api.handle(API.createInboxSubscription, async () => {
    const made = inbox.subscribe();
    return made === undefined
      ? refuse('not-found', { detail: 'pushes do not come to this inbox: VAPID keys are configured' })
      : reply(201, made);
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
