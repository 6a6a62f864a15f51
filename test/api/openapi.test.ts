import { API } from '@herald/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { createCheck, type Description } from '../support/described.ts';
import { startHerald, type Herald } from '../support/standalone.ts';

let herald: Herald;
let document: Description;
beforeAll(async () => {
  herald = await startHerald();
  document = (await herald.call('GET', '/openapi.json')).body as unknown as Description;
});
afterAll(() => herald.dispose());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })),
  );

describe('the document', () => {
  test('is OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone<object>(document) as Record<string, unknown>)).toEqual({
      valid: true,
    });
    expect(validator.version).toBe('3.1');
  });

  test('describes what express answers, no more and no less', () => {
    const described = operations().map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    const real = herald.standalone.routes.map((route) => route.replace('*', ':'));
    expect(real.toSorted()).toEqual(described.toSorted());
  });

  test('has every operation under the name that the code has for it', () => {
    expect(operations().map(({ operationId }) => operationId)).toEqual(
      expect.arrayContaining(Object.values(API).map(({ id }) => id)),
    );
    for (const [name, { id }] of Object.entries(API)) expect(id).toBe(name);
    const parameters = operations().map(({ path, parameters }) => [
      path,
      parameters.flatMap((one) => (one.in === 'path' ? [`{${one.name}}`] : [])),
    ]);
    expect(parameters).toEqual(parameters.map(([path]) => [path, String(path).match(/\{\w+\}/g) ?? []]));
  });

  test('says of each operation what it wants and how it refuses', () => {
    for (const { operationId, security, responses } of operations()) {
      expect([operationId, Object.keys(responses)]).toEqual([operationId, expect.arrayContaining(['500'])]);
      if (security.length === 0) continue;
      const refusals = ['400', '401', '403', '429', '500', '503'];
      expect([operationId, Object.keys(responses)]).toEqual([operationId, expect.arrayContaining(refusals)]);
    }
  });

  test('holds names for what is shared, and no reference that leads nowhere', () => {
    const text = JSON.stringify(document);
    const components = document.components as unknown as Record<string, Record<string, unknown>>;
    for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/([\w-]+)"/g)) {
      expect(components[kind]?.[name]).toBeDefined();
    }
    expect(Object.keys(components['schemas'] ?? {})).toEqual(
      expect.arrayContaining(['Campaign', 'Execution', 'Key', 'Message', 'Problem', 'Recipient', 'Surface']),
    );
    expect(text).not.toContain('__schema');
  });

  test('names the public address as its server, and leaves the inbox out where there is none', async () => {
    const other = await startHerald({
      HERALD_PUBLIC_URL: 'https://example.com/herald',
      HERALD_INBOX: 'off',
    });
    try {
      const { body } = await other.call('GET', '/openapi.json');
      expect(body['servers']).toEqual([{ url: 'https://example.com/herald' }]);
      expect(body['paths']).not.toHaveProperty('/v1/inbox');
      const surface = { name: 's', channel: 'email', sender: { address: 'a@b.example' } };
      const created = await other.call('POST', '/v1/surfaces', surface);
      expect(created.headers.get('location')).toBe(
        `https://example.com/herald/v1/surfaces/${String(created.body['id'])}`,
      );
    } finally {
      await other.dispose();
    }
  });
});

describe('the page', () => {
  test('has only what lies beside it, wherever a proxy puts it', async () => {
    const { headers, body } = await herald.call<{ text: string }>('GET', '/docs');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'/);
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
    const addresses = [...body.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(addresses).toContain('docs/swagger-ui-bundle.js');
    for (const address of addresses) expect(address).toMatch(/^(?:docs\/[\w.-]+|openapi\.json|data:,)$/);
    expect(body.text).not.toMatch(/<script(?! src=)|<style|\son\w+=/);
    for (const file of addresses.filter((address) => address.startsWith('docs/'))) {
      const answer = await herald.call<{ text: string }>('GET', `/${file}`);
      expect([file, answer.status, answer.headers.get('x-content-type-options')]).toEqual([file, 200, 'nosniff']);
      expect(answer.body.text.length).toBeGreaterThan(10);
    }
  });

  test('is one place: with a slash at its end its addresses would be others', async () => {
    const answer = await fetch(`${herald.url}/docs/`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([308, '../docs']);
  });

  test.each(['package.json', 'index.html', '..%2Fpackage.json', '__proto__', 'constructor'])(
    'shows no other file: %s',
    async (file) => {
      expect((await herald.call('GET', `/docs/${file}`)).status).toBe(404);
    },
  );
});

describe('the check that stands behind every answer in the suites', () => {
  const exchange = (over: object) => ({
    method: 'GET',
    path: '/health/live',
    status: 200,
    headers: new Headers({ 'content-type': 'application/json' }),
    text: '{"live":true}',
    ...over,
  });
  const problem = (over: object) => ({
    headers: new Headers({ 'content-type': 'application/problem+json', 'retry-after': '1' }),
    text: JSON.stringify({
      type: 'https://ns.herald.dev/errors/HERALD-001004-404',
      title: 't',
      status: 404,
      detail: 'd',
      report: { additionalContext: {} },
      ...over,
    }),
  });

  test('lets through what is described', () => {
    const check = createCheck(document);
    check(exchange({}));
    check(exchange({ path: '/nothing', status: 404, ...problem({}) }));
    check(exchange({ path: '/v1/surfaces/x', status: 404, ...problem({}) }));
  });

  test.each([
    ['another status', { status: 202 }],
    ['an error of the server', { status: 500, ...problem({ status: 500 }) }],
    ['a field that is not described', { text: '{"live":true,"since":1}' }],
    ['a field of another type', { text: '{"live":"yes"}' }],
    ['another type of content', { headers: new Headers({ 'content-type': 'text/plain' }) }],
    ['a problem that the operation does not have', { path: '/v1/surfaces', status: 404, ...problem({}) }],
    ['another code for the status', { path: '/v1/surfaces/x', status: 404, ...problem({ type: 'x' }) }],
    ['a path that is not described', { path: '/nothing' }],
    ['a method that is not described', { method: 'PUT', path: '/v1/surfaces' }],
    ['a missing header', { path: '/docs', headers: new Headers({ 'content-type': 'text/html' }), text: 'x' }],
  ])('finds %s', (_name, over) => {
    expect(() => createCheck(document)(exchange(over))).toThrow('the answer');
  });
});
