import { LIMITS, Outage, problemSchema, type Operation, type Problem } from '@herald/contracts';
import { callerOf, createApi, readJson, requireScope, type Api } from '@herald/service-kit';
import { z } from 'zod';
import type { Parts } from '../support/server.ts';

/** The requests to `/slow` that have begun; `release` answers the last one. */
export const slow = { started: 0, release: (): void => {} };

const at = (method: Operation['method'], path: string, over: Partial<Operation> = {}): Operation => ({
  id: `${method} ${path}`,
  method,
  path,
  tag: 'Server',
  summary: path,
  access: 'none',
  answers: { 200: { description: 'Something.', content: { 'application/json': z.unknown() } } },
  ...over,
});
const body = (limit: number) => ({ body: { schema: z.unknown(), limit } });

/** Routes that show what stands before and behind a handler. */
export function routes({ authenticated }: Parts): Api[] {
  const api = createApi(authenticated);
  api.mount(at('get', '/who', { access: 'any' }), authenticated, (_request, response) => {
    response.json(callerOf(response));
  });
  api.mount(
    at('get', '/control/{id}', { access: 'control' }),
    authenticated,
    requireScope('control'),
    (_request, response) => {
      response.json({});
    },
  );
  api.mount(at('post', '/echo', body(1_000)), readJson(1_000), (request, response) => {
    response.json({ body: request.body as unknown, bytes: response.locals['bodyBytes'] as number });
  });
  api.mount(at('post', '/large', body(LIMITS.requestBytes)), readJson(LIMITS.requestBytes), (_request, response) => {
    response.json({ bytes: response.locals['bodyBytes'] as number });
  });
  api.mount(at('get', '/slow'), async (_request, response) => {
    slow.started += 1;
    await new Promise<void>((resolve) => void (slow.release = resolve));
    response.json({ done: true });
  });
  api.mount(at('get', '/outage/{code}', { problems: ['unavailable'] }), async (request) => {
    throw new Outage(request.params['code'] as 'full', 'private words');
  });
  api.mount(at('get', '/bug'), () => {
    throw new Error('private words');
  });
  return [api];
}

export const problemOf = (body: unknown): Problem => problemSchema.parse(body);
