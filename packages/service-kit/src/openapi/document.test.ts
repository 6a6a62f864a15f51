import { API, type Operation } from '@herald/contracts';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { openApiDocument } from './document.ts';
import { createSchemas } from './schemas.ts';

const documentOf = (operations: readonly Operation[]) => openApiDocument({ operations, version: '1.2.3' });
const named = (id: string, shape: z.ZodRawShape) => z.object(shape).meta({ id });

test('every operation can be described, together', () => {
  expect(Object.keys(documentOf(Object.values(API))['paths'] as object).length).toBeGreaterThan(20);
});

test('a schema with a name is described once and referred to', () => {
  const schemas = createSchemas();
  const inner = named('TestInner', { at: z.iso.datetime() });
  const outer = named('TestOuter', { first: inner, all: z.array(inner) });
  expect(schemas.of(outer, 'output')).toEqual({ $ref: '#/components/schemas/TestOuter' });
  expect(schemas.components).toEqual({
    TestInner: {
      type: 'object',
      properties: { at: { type: 'string', format: 'date-time' } },
      required: ['at'],
      additionalProperties: false,
    },
    TestOuter: {
      type: 'object',
      properties: {
        first: { $ref: '#/components/schemas/TestInner' },
        all: { type: 'array', items: { $ref: '#/components/schemas/TestInner' } },
      },
      required: ['first', 'all'],
      additionalProperties: false,
    },
  });
});

test('one name for two things stops it', () => {
  const schemas = createSchemas();
  const schema = named('TestBoth', { limit: z.number().default(1) });
  schemas.of(schema, 'output');
  schemas.of(schema, 'output');
  expect(() => schemas.of(schema, 'input')).toThrow('TestBoth');
});

test('what creates a thing links to what can be done with it', () => {
  const paths = documentOf([API.createSurface, API.getSurface, API.replaceSurface, API.listSurfaces])[
    'paths'
  ] as Record<string, { post: { responses: Record<number, { links: object }> } }>;
  const parameters = { id: '$response.body#/id' };
  expect(paths['/v1/surfaces']?.post.responses[201]?.links).toEqual({
    getSurface: { operationId: 'getSurface', parameters },
    replaceSurface: { operationId: 'replaceSurface', parameters },
  });
});
