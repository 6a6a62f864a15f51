import { readFileSync } from 'node:fs';
import { authenticate, parseWith, requireScope, sendProblem, type ServiceDeps } from '@herald/service-kit';
import express, { type Router } from 'express';
import { z } from 'zod';
import type { Inbox } from './inbox.ts';

const query = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) });
const PAGE = readFileSync(new URL('./inbox.html', import.meta.url), 'utf8');

/** `GET /v1/inbox`, and the page `/inbox` that shows it. The page holds no data: it asks the API with the reader's key. */
export function createInboxRouter({ catalog, runtime }: ServiceDeps, inbox: Inbox): Router {
  const router = express.Router();
  const mayRead = [authenticate({ catalog, clock: runtime.clock }), requireScope('read')];
  router.get('/v1/inbox', mayRead, async (request: express.Request, response: express.Response) => {
    const parsed = parseWith(query, request.query);
    if (!parsed.ok) {
      sendProblem(response, 'invalid-body', {
        detail: `${parsed.field} ${parsed.message}`,
        context: { field: parsed.field },
      });
      return;
    }
    response.json({ items: await inbox.list(parsed.value.limit) });
  });
  router.get('/v1/inbox/:id', mayRead, async (request: express.Request, response: express.Response) => {
    const found = await inbox.get(String(request.params['id']));
    if (found === undefined) sendProblem(response, 'not-found', { detail: 'there is no such message in the inbox' });
    else response.json(found);
  });
  router.get('/inbox', (_request, response) => {
    response.setHeader(
      'Content-Security-Policy',
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; frame-src 'self'",
    );
    response.type('html').send(PAGE);
  });
  return router;
}
