import {
  LINES,
  problemSchema,
  PROBLEMS,
  problemsOf,
  TAGS,
  type AnswerHeader,
  type Operation,
  type OperationAnswer,
  type ProblemCode,
} from '@herald/contracts';
import type { z } from 'zod';
import { createRefusals, type Refusals } from './refusals.ts';
import { createSchemas, type JsonSchema, type Schemas } from './schemas.ts';

export interface DocumentOptions {
  readonly operations: readonly Operation[];
  readonly version: string;
  /** Where callers reach the server; absent: where the document comes from. */
  readonly publicUrl?: string | undefined;
}

/** The OpenAPI 3.1 document of these operations. */
export function openApiDocument({ operations, version, publicUrl }: DocumentOptions): JsonSchema {
  const schemas = createSchemas();
  const refusals = createRefusals(schemas.of(problemSchema, 'output'));
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of operations) {
    (paths[operation.path] ??= {})[operation.method] = describe(operation, operations, schemas, refusals);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Herald',
      version,
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl ?? '/' }],
    tags: Object.entries(TAGS)
      .filter(([name]) => operations.some(({ tag }) => tag === name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A key, as `Authorization: Bearer <key>`.' },
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'x-api-key',
          description: 'A key; it counts only without `Authorization`.',
        },
      },
      parameters: PARAMETERS,
      headers: HEADERS,
      responses: sorted(refusals.components),
      schemas: sorted(schemas.components),
    },
  };
}

const INTRODUCTION = `An engine for API-triggered campaigns: one call becomes a delivered message.

Every error is \`application/problem+json\`; \`report.additionalContext.code\` says which of the listed ones. Listings come
in pages of at most 100: pass \`next\` back as \`cursor\`. What has an \`ETag\` is changed with \`If-Match\`. A query parameter
that is not described is refused. A path answers \`HEAD\` where it answers \`GET\`, \`OPTIONS\` with what it allows, and any
other method with 405.`;

const sorted = (components: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> =>
  Object.fromEntries(Object.entries(components).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const reference = (kind: string, name: string): JsonSchema => ({ $ref: `#/components/${kind}/${name}` });

const PARAMETERS = {
  Org: {
    name: 'x-gw-ims-org-id',
    in: 'header',
    description: "The organisation; the key's own, or 403.",
    schema: { type: 'string' },
  },
  Sandbox: {
    name: 'x-sandbox-name',
    in: 'header',
    description: "The sandbox; the key's own, or 403.",
    schema: { type: 'string' },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: true,
    description: 'The `ETag` of what was read, or `*`.',
    schema: { type: 'string', examples: ['"1"'] },
  },
  IfMatchOptional: {
    name: 'If-Match',
    in: 'header',
    description: 'The `ETag` of what was read: nothing is done if it has changed since.',
    schema: { type: 'string', examples: ['"1"'] },
  },
} as const;

const HEADERS = {
  ETag: { required: true, description: 'The revision.', schema: { type: 'string', pattern: '^"\\d+"$' } },
  'x-resource-id': { required: true, description: 'The id of what was created.', schema: { type: 'string' } },
  Location: { required: true, description: 'Where it is.', schema: { type: 'string' } },
  'Idempotent-Replayed': {
    description: 'The call was accepted before: this is the answer that it got then.',
    schema: { type: 'string', const: 'true' },
  },
  'Cache-Control': { required: true, description: 'It holds a secret.', schema: { type: 'string', const: 'no-store' } },
  'Content-Security-Policy': { required: true, description: 'What the page may do.', schema: { type: 'string' } },
  'Retry-After': { required: true, description: 'Seconds.', schema: { type: 'string', pattern: '^[1-9]\\d*$' } },
  'WWW-Authenticate': { required: true, description: 'How to authenticate.', schema: { type: 'string' } },
} as const satisfies Record<AnswerHeader | 'Retry-After' | 'WWW-Authenticate', JsonSchema>;

function describe(operation: Operation, all: readonly Operation[], schemas: Schemas, refusals: Refusals): JsonSchema {
  const { id, tag, summary, description, access, body } = operation;
  const scope = access === 'none' || access === 'any' ? undefined : `Needs a key with the scope \`${access}\`.`;
  const text = [description, scope].filter((part) => part !== undefined).join('\n\n');
  const roles = scope === undefined ? [] : [access];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(text === '' ? {} : { description: text }),
    parameters: parametersOf(operation, schemas),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !body.optional,
            content: {
              ...Object.fromEntries(
                (body.raw ?? [body.stream ? LINES : 'application/json', ...(body.types ?? [])]).map((type) => [
                  type,
                  { schema: schemas.of(body.schema, 'input') },
                ]),
              ),
              ...(body.lines === undefined
                ? {}
                : { 'application/x-ndjson': { schema: schemas.of(body.lines, 'input') } }),
            },
          },
        }),
    responses: responsesOf(operation, all, schemas, refusals),
    security: access === 'none' ? [] : [{ bearer: roles }, { apiKey: roles }],
  };
}

function parametersOf({ access, params, query, ifMatch }: Operation, schemas: Schemas): JsonSchema[] {
  return [
    ...fieldsOf(params, 'path', schemas),
    ...fieldsOf(query, 'query', schemas),
    ...(ifMatch === undefined ? [] : [reference('parameters', ifMatch === 'required' ? 'IfMatch' : 'IfMatchOptional')]),
    ...(access === 'none' ? [] : [reference('parameters', 'Org'), reference('parameters', 'Sandbox')]),
  ];
}

function fieldsOf(schema: z.ZodObject | undefined, place: 'path' | 'query', schemas: Schemas): JsonSchema[] {
  if (schema === undefined) return [];
  return Object.entries(schema.shape).map(([name, field]: [string, z.ZodType]) => {
    const { description, ...rest } = schemas.of(field, 'input');
    return {
      name,
      in: place,
      ...(place === 'path' || !field.safeParse(undefined).success ? { required: true } : {}),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function responsesOf(
  operation: Operation,
  all: readonly Operation[],
  schemas: Schemas,
  refusals: Refusals,
): JsonSchema {
  const responses: Record<number, JsonSchema> = {};
  for (const [status, answer] of Object.entries(operation.answers)) {
    const links = { ...(status === '201' ? linksFrom(operation, all) : {}), ...answer.links };
    responses[Number(status)] = success(answer, links, schemas);
  }
  for (const [status, codes] of byStatus(problemsOf(operation))) responses[status] = refusals.of(status, codes);
  return responses;
}

/** Whatever creates a thing leads to what can be done with it. */
function linksFrom({ path }: Operation, all: readonly Operation[]): NonNullable<OperationAnswer['links']> {
  const ofOne = all.filter((one) => one.path === `${path}/{id}` || one.path.startsWith(`${path}/{id}/`));
  return Object.fromEntries(ofOne.map(({ id }) => [id, { id: '/id' }]));
}

function success(
  { description, content, headers = [] }: OperationAnswer,
  links: NonNullable<OperationAnswer['links']>,
  schemas: Schemas,
): JsonSchema {
  return {
    description,
    ...(headers.length === 0
      ? {}
      : { headers: Object.fromEntries(headers.map((name) => [name, reference('headers', name)])) }),
    ...(content === undefined
      ? {}
      : {
          content: Object.fromEntries(
            Object.entries(content).map(([type, schema]) => [type, { schema: schemas.of(schema, 'output') }]),
          ),
        }),
    ...(Object.keys(links).length === 0 ? {} : { links: Object.fromEntries(Object.entries(links).map(link)) }),
  };
}

const link = ([operationId, parameters]: [string, Readonly<Record<string, string>>]): [string, JsonSchema] => [
  operationId,
  {
    operationId,
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, pointer]) => [name, `$response.body#${pointer}`]),
    ),
  },
];

function byStatus(codes: readonly ProblemCode[]): Map<number, ProblemCode[]> {
  const groups = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}
