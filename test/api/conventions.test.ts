import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bodyHeaders, type DescribedOperation, type Description } from '../support/described.ts';
import { startHerald, type Herald } from '../support/standalone.ts';

/** What holds for every operation alike, asked of each one that the document has. */

interface Described extends DescribedOperation {
  readonly method: string;
  readonly path: string;
}

let herald: Herald;
let operations: readonly Described[];
beforeAll(async () => {
  herald = await startHerald();
  const document = (await herald.call('GET', '/openapi.json')).body as unknown as Description;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  );
});
afterAll(() => herald.dispose());

/** A path that names nothing, but could. */
const exampleOf = (path: string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === 'channel' ? 'email' : name === 'address' ? 'nobody@example.com' : 'nothing',
  );
/** What AJO has and Herald has not is answered alike, whatever is asked. */
const isSupported = (responses: object): boolean => Object.keys(responses).some((status) => status.startsWith('2'));
const guarded = (): Described[] => operations.filter(({ security }) => security.length > 0);
const queryOf = ({ parameters }: Described): string[] =>
  parameters.flatMap((one) => (one.in === 'query' && one.name !== undefined ? [one.name] : []));
const lists = (): Described[] => guarded().filter((operation) => queryOf(operation).includes('cursor'));

test('a query parameter that is not described is refused, but where AJO’s clients call and nobody needs a key', async () => {
  for (const { method, path, operationId, requestBody, responses } of guarded()) {
    if (operationId === 'executeUnitary' || operationId === 'executeHighThroughput' || !isSupported(responses))
      continue;
    const { status, body } = await herald.call(
      method,
      `${exampleOf(path)}?unheard=1`,
      method === 'GET' ? undefined : {},
      {
        'if-match': '*',
        ...bodyHeaders({ ...(requestBody && { requestBody }) }),
      },
    );
    expect([method, path, status, body]).toMatchObject([
      method,
      path,
      400,
      { report: { additionalContext: { code: 'invalid-body', field: 'unheard' } } },
    ]);
  }
  expect((await herald.call('GET', '/health/live?from=probe')).status).toBe(200);
});

describe('lists', () => {
  test('are all there', () => {
    const gets = guarded().filter(({ method, path }) => method === 'GET' && /^\/v1\/[\w-]+$/.test(path));
    // The inbox shows its newest messages, of which it keeps a few; providers are as many as somebody writes into a file.
    const paged = lists().flatMap(({ path }) => (path.includes('{') ? [] : [path]));
    // An account counts page by page, and is no list.
    const listed = paged.filter((path) => path !== '/v1/audit/conservation');
    expect(gets.map(({ path }) => path).filter((path) => !['/v1/inbox', '/v1/providers'].includes(path))).toEqual(
      listed,
    );
    expect(paged.length).toBeGreaterThan(6);
  });

  test('have pages of 1 to 100, and take no cursor but their own', async () => {
    const wrong = [
      ...['0', '101', '-1', '1.5', 'x', '', '1e1', '0x10', '%2010'].map(
        (limit) => ['limit', `limit=${limit}`] as const,
      ),
      ['limit', 'limit=1&limit=2'],
      ...['nonsense', '', 'x'.repeat(501)].map((cursor) => ['cursor', `cursor=${cursor}`] as const),
      ['cursor', 'cursor=a&cursor=b'],
    ] as const;
    const hook = await herald.call<{ id: string }>('POST', '/v1/webhooks', { url: 'https://shop.example/herald' });
    for (const { path: pattern } of lists()) {
      // The deliveries of webhooks are the one list of something that has to be there.
      const path = pattern.replace('{id}', hook.body.id);
      for (const [field, query] of wrong) {
        const { status, body } = await herald.call('GET', `${path}?${query}`);
        expect([path, query, status, body]).toMatchObject([
          path,
          query,
          400,
          { report: { additionalContext: { field } } },
        ]);
      }
      for (const limit of ['1', '100', '007']) {
        expect([path, (await herald.call('GET', `${path}?limit=${limit}`)).status]).toEqual([path, 200]);
      }
    }
  });
});

describe('what replaces or changes', () => {
  const changes = (): Described[] => guarded().filter(({ method }) => method === 'PUT' || method === 'PATCH');
  const wantsMatch = ({ parameters }: Described): boolean =>
    parameters.some(({ $ref }) => $ref === '#/components/parameters/IfMatch');

  test('wants If-Match; a profile or fixture has no revision, there the last one wins', () => {
    const without = changes().filter((operation) => !wantsMatch(operation));
    expect(without.map(({ operationId }) => operationId)).toEqual(['putFixture', 'putProfile', 'patchProfile']);
    expect(changes().length).toBeGreaterThan(without.length);
  });

  test('is 428 without it, and 412 with that of another revision, in every spelling', async () => {
    const surface = { name: 's', channel: 'email', sender: { address: 'a@b.example' } };
    const id = (await herald.call<{ id: string }>('POST', '/v1/surfaces', surface)).body.id;
    const campaignId = await herald.campaign();
    const template = { name: 't', channel: 'email', content: { subject: 's', html: '<p>x</p>' } };
    const ajoTemplate = { name: 't', templateType: 'html', channels: ['email'], template: { html: '<p>x</p>' } };
    const ajoFragment = { name: 'f', type: 'html', channels: ['email'], fragment: { content: 'x' } };
    const ajoPatch = [{ op: 'replace', path: '/description', value: 'x' }];
    const create = async (kind: string, body: object): Promise<string> =>
      (await herald.call<{ id: string }>('POST', `/v1/${kind}`, body)).body.id;
    const templateId = await create('templates', template);
    const fragmentId = await create('fragments', { name: 'f', text: 'x' });
    const webhook = { url: 'https://shop.example/herald' };
    const webhookId = await create('webhooks', webhook);
    const things: Readonly<Record<string, readonly [path: string, body: object]>> = {
      replaceSurface: [`/v1/surfaces/${id}`, surface],
      changeCampaign: [`/v1/campaigns/${campaignId}`, { title: 'Other' }],
      replaceTemplate: [`/v1/templates/${templateId}`, template],
      replaceFragment: [`/v1/fragments/${fragmentId}`, { name: 'f', text: 'y' }],
      replaceWebhook: [`/v1/webhooks/${webhookId}`, webhook],
      ajoReplaceTemplate: [`/ajo/content/templates/${templateId}`, ajoTemplate],
      ajoPatchTemplate: [`/ajo/content/templates/${templateId}`, ajoPatch],
      ajoReplaceFragment: [`/ajo/content/fragments/${fragmentId}`, ajoFragment],
      ajoPatchFragment: [`/ajo/content/fragments/${fragmentId}`, ajoPatch],
    };
    for (const { operationId, method } of changes().filter(wantsMatch)) {
      const thing = things[operationId];
      if (thing === undefined) throw new Error(`this suite needs something to change with ${operationId}`);
      const [path, body] = thing;
      const statusWith = async (tag?: string): Promise<number> =>
        (await herald.call(method, path, body, tag === undefined ? {} : { 'if-match': tag })).status;
      const etag = (await herald.call('GET', path)).headers.get('etag') ?? '';
      expect(etag).toMatch(/^"\d+"$/);
      expect(await statusWith()).toBe(428);
      for (const tag of ['"0"', '"9999"', 'x', etag.slice(1, -1), `W/${etag}`, '"0", "9999"']) {
        expect([operationId, tag, await statusWith(tag)]).toEqual([operationId, tag, 412]);
      }
      expect([200, 204]).toContain(await statusWith(`"0", ${etag}`));
      expect(await statusWith(etag)).toBe(412);
      expect([200, 204]).toContain(await statusWith('*'));
    }
  });
});

test('what is wrong is looked at in one order: key, sandbox, scope, body as such, query, If-Match, fields, thing, revision', async () => {
  const surface = { name: 's', channel: 'email', sender: { address: 'a@b.example' } };
  const { id } = (await herald.call<{ id: string }>('POST', '/v1/surfaces', surface)).body;
  const { key } = (await herald.call<{ key: string }>('POST', '/v1/keys', { name: 'r', scopes: ['read'] })).body;
  // Everything is wrong at first; each step makes right what the answer before was about.
  let [by, path, body]: [string, string, string] = ['hk_nobody', '/v1/surfaces/nothing?x=1', '{'];
  let headers: Record<string, string> = { 'x-sandbox-name': 'other', 'content-type': 'text/plain' };
  const steps: readonly (readonly [status: number, detail: RegExp, repair: () => void])[] = [
    [401, /key/, () => (by = key)],
    [403, /another sandbox/, () => (headers = { 'content-type': 'text/plain' })],
    [403, /scope/, () => (by = herald.key)],
    [415, /application\/json/, () => (headers = {})],
    [400, /not valid JSON/, () => (body = '{}')],
    [400, /^x is not/, () => (path = '/v1/surfaces/nothing')],
    [428, /If-Match/, () => (headers = { 'if-match': '"0"' })],
    [400, /^channel/, () => (body = JSON.stringify(surface))],
    [404, /no such surface/, () => (path = `/v1/surfaces/${id}`)],
    [412, /revision/, () => (headers = { 'if-match': '"1"' })],
  ];
  for (const [status, detail, repair] of steps) {
    const answer = await herald.as(by).call('PUT', path, body, headers);
    expect([answer.status, answer.body['detail']]).toEqual([status, expect.stringMatching(detail)]);
    repair();
  }
  expect((await herald.as(by).call('PUT', path, body, headers)).status).toBe(200);
});

describe('methods', () => {
  test('that a path does not have are 405, on every path and before any key is looked at', async () => {
    const allowed = Map.groupBy(operations, ({ path }) => path);
    const nobody = herald.as('hk_nobody');
    for (const path of allowed.keys()) {
      // A path may be an example of another one too: `…/publications` of `…/{id}`.
      const has = operations.filter(
        (one) => one.path === path || new RegExp(`^${one.path.replaceAll(/\{\w+\}/g, '[^/{}]+')}$`).test(path),
      );
      const methods = [...new Set(has.map(({ method }) => method))];
      const options = await nobody.call('OPTIONS', exampleOf(path));
      const allow = options.headers.get('allow')?.split(', ') ?? [];
      const wanted = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
      expect([path, options.status, allow.toSorted()]).toEqual([path, 204, wanted.toSorted()]);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
        if (methods.includes(method)) continue;
        const answer = await nobody.call(method, exampleOf(path));
        expect([method, path, answer.status, answer.headers.get('allow')]).toEqual([
          method,
          path,
          405,
          allow.join(', '),
        ]);
      }
    }
  });

  test('HEAD is GET without a body, wherever there is GET', async () => {
    for (const { path, method } of operations) {
      if (method !== 'GET') continue;
      const [get, head] = [
        await herald.call('GET', exampleOf(path)),
        await herald.call<{ text: string }>('HEAD', exampleOf(path)),
      ];
      expect([path, head.status, head.body]).toEqual([path, get.status, { text: '' }]);
      expect([path, head.headers.get('content-type')]).toEqual([path, get.headers.get('content-type')]);
    }
  });
});

test('a path that is no path of the API is 404, and one that cannot be decoded 400', async () => {
  for (const path of ['/', '/v1', '/v1/nothing', '/v1/surfaces/a/b', '/ajo', '/docs/a/b']) {
    expect([path, (await herald.call('GET', path)).status]).toEqual([path, 404]);
  }
  for (const { method, path } of guarded().filter(({ path }) => path.includes('{'))) {
    const broken = path.replace(/\{\w+\}/, '%zz').replaceAll(/\{\w+\}/g, 'x');
    const answer = await herald.call(method, broken, method === 'GET' ? undefined : {}, { 'if-match': '*' });
    expect([method, broken, answer.status]).toEqual([method, broken, 400]);
  }
});
