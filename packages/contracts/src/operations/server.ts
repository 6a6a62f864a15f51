import { z } from 'zod';
import { readinessSchema } from '../health.ts';
import { json, operation } from '../operation.ts';

export const isLive = operation({
  id: 'isLive',
  method: 'get',
  path: '/health/live',
  tag: 'Server',
  summary: 'Whether the process runs',
  access: 'none',
  answers: { 200: json('It does.', z.object({ live: z.literal(true) })) },
});

export const isReady = operation({
  id: 'isReady',
  method: 'get',
  path: '/health/ready',
  tag: 'Server',
  summary: 'Whether the process can do its work',
  access: 'none',
  answers: { 200: json('It can.', readinessSchema), 503: json('It cannot.', readinessSchema) },
});

export const readMetrics = operation({
  id: 'readMetrics',
  method: 'get',
  path: '/metrics',
  tag: 'Server',
  summary: 'What Prometheus reads',
  access: 'none',
  answers: { 200: { description: 'The metrics.', content: { 'text/plain': z.string() } } },
});

export const readDescription = operation({
  id: 'readDescription',
  method: 'get',
  path: '/openapi.json',
  tag: 'Server',
  summary: 'This description',
  access: 'none',
  answers: { 200: json('An OpenAPI 3.1 document.', z.looseObject({ openapi: z.string() })) },
});

const page = {
  description: 'The page.',
  content: { 'text/html': z.string() },
  headers: ['Content-Security-Policy'],
} as const;

export const showDocs = operation({
  id: 'showDocs',
  method: 'get',
  path: '/docs',
  tag: 'Server',
  summary: 'This description, as a web page',
  access: 'none',
  answers: { 200: page },
});

export const readDocsFile = operation({
  id: 'readDocsFile',
  method: 'get',
  path: '/docs/{file}',
  tag: 'Server',
  summary: 'What that page is made of',
  access: 'none',
  params: z.strictObject({ file: z.string() }),
  answers: {
    200: { description: 'The file.', content: { 'text/css': z.string(), 'text/javascript': z.string() } },
  },
  problems: ['not-found'],
});
