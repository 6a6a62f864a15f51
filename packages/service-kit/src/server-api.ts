import { readFileSync } from 'node:fs';
import { API } from '@herald/contracts';
import type { Response } from 'express';
import { createApi, described, type Api } from './api/api.ts';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';
import { createDocsFiles, DOCS_PAGE, DOCS_POLICY } from './openapi/docs-page.ts';
import { openApiDocument } from './openapi/document.ts';
import { sendProblem } from './problem.ts';

export interface ServerApiDeps {
  /** What else the process answers. */
  readonly apis: readonly Api[];
  readonly publicUrl?: string | undefined;
  readonly health: Health;
  readonly metrics: Metrics;
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const FILES_MAX_AGE_SECONDS = 3_600;

/** What every process answers, and nobody needs a key for: health, metrics, and the description of the API. */
export function createServerApi({ apis, publicUrl, health, metrics }: ServerApiDeps): Api {
  const api = createApi((_request, _response, next) => next());

  api.mount(API.isLive, (_request, response) => {
    response.json({ live: true });
  });
  api.mount(API.isReady, (_request, response) => {
    const state = health.ready();
    response.status(state.ready ? 200 : 503).json(state);
  });
  api.mount(API.readMetrics, async (_request, response) => {
    const { contentType, text } = await metrics.expose();
    response.setHeader('Content-Type', contentType);
    response.end(text);
  });

  const fileOf = createDocsFiles();
  let document: Buffer | undefined;
  api.mount(API.readDescription, (_request, response) => {
    sendFile(response, 'application/json', (document ??= describe()));
  });
  api.mount(API.showDocs, (request, response) => {
    // The addresses in the page are relative to a path without a slash at its end.
    if (request.path.endsWith('/')) {
      response.redirect(308, '../docs');
      return;
    }
    response.setHeader('Content-Security-Policy', DOCS_POLICY);
    sendFile(response, 'text/html; charset=utf-8', Buffer.from(DOCS_PAGE));
  });
  api.mount(API.readDocsFile, (request, response) => {
    const file = fileOf(String(request.params['file']));
    if (file === undefined) {
      sendProblem(response, 'not-found');
      return;
    }
    response.setHeader('Cache-Control', `public, max-age=${FILES_MAX_AGE_SECONDS}`);
    sendFile(response, file.type, file.bytes);
  });

  // It would be a good part of what a start costs, and most processes are never asked for it.
  const describe = (): Buffer => {
    const operations = described([...apis, api]);
    return Buffer.from(JSON.stringify(openApiDocument({ operations, version, publicUrl })));
  };
  return api;
}

function sendFile(response: Response, type: string, bytes: Buffer): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', bytes.byteLength);
  response.end(bytes);
}
