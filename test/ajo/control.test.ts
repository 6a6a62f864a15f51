import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recipient, unique } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';
import { ajoClient, deviation } from './shapes.ts';

let herald: Herald;
let ajo: ReturnType<typeof ajoClient>;
beforeAll(async () => {
  herald = await startHerald();
  ajo = ajoClient(herald);
});
afterAll(() => herald.dispose());

const idOf = (headers: Headers): string => headers.get('x-resource-id') ?? '';

describe('suppression', () => {
  const PATH = '/ajo/config/suppression/addresses';

  test('an address that AJO’s client suppresses gets nothing from the next message on, until it is released', async () => {
    const campaignId = await herald.campaign();
    const address = `${unique('suppressed')}@example.com`;
    const added = await ajo('POST', PATH, [
      { entity: { type: 'email', entityValue: address }, comment: 'asked for it' },
    ]);
    expect(added.status).toBe(201);
    expect(deviation('suppressions', added.body)).toBeUndefined();
    const one = await ajo('GET', `${PATH}/${address}`);
    expect(one).toMatchObject({
      status: 200,
      body: { entity: { entityValue: address }, suppressed: { comment: 'asked for it' } },
    });
    expect(deviation('suppression', one.body)).toBeUndefined();
    const send = async (): Promise<unknown> => {
      const { body } = await herald.trigger(campaignId, { recipients: [recipient({ userId: address })] });
      return herald.finalMessage(body.executionId);
    };
    expect(await send()).toMatchObject({ state: 'excluded', reason: 'suppressed' });
    expect((await ajo('DELETE', `${PATH}/${address}`)).status).toBe(204);
    expect((await ajo('DELETE', `${PATH}/${address}`)).status).toBe(404);
    expect(await send()).toMatchObject({ state: 'sent' });
  });

  test('is listed page by page, other channels left out', async () => {
    const addresses = [unique('a'), unique('b'), unique('c')].map((name) => `${name}@list.example`);
    for (const entityValue of addresses) {
      await ajo('POST', PATH, [{ entity: { type: 'email', entityValue } }]);
      await herald.call('POST', '/v1/suppressions', { channel: 'sms', address: '+4520123456' });
    }
    const found: string[] = [];
    let start: string | undefined;
    do {
      const { status, body } = await ajo('GET', `${PATH}?limit=2${start === undefined ? '' : `&start=${start}`}`);
      expect([status, deviation('suppression-list', body)]).toEqual([200, undefined]);
      const { items, _page } = body as { items: { entity: { entityValue: string } }[]; _page: { next?: string } };
      found.push(...items.map(({ entity }) => entity.entityValue));
      start = _page.next;
    } while (start !== undefined);
    expect(found.filter((address) => address.endsWith('@list.example'))).toEqual(addresses.toReversed());
  });
});

describe('templates', () => {
  const PATH = '/ajo/content/templates';
  const TYPE = 'application/vnd.adobe.ajo.template.v1+json';
  const template = (name: string) => ({
    name,
    templateType: 'content',
    channels: ['email'],
    source: { origin: 'ajo', metadata: { kept: 'as it was' } },
    template: { subject: 'Hello {{context.name}}', html: { body: '<p>Hi</p>' }, text: { syncFromHtml: true } },
  });

  test('are created, read, listed, replaced, patched and deleted; native callers see the same', async () => {
    const name = unique('template');
    const made = await ajo('POST', PATH, template(name), { 'Content-Type': TYPE });
    expect(made.status).toBe(201);
    const id = idOf(made.headers);
    expect(made.headers.get('location')).toMatch(new RegExp(`${PATH}/${id}$`));
    const read = await ajo('GET', `${PATH}/${id}`, undefined, { Accept: TYPE });
    expect(read.headers.get('content-type')).toBe(TYPE);
    expect(deviation('template', read.body)).toBeUndefined();
    expect(read.body).toMatchObject(template(name));
    const native = await herald.call<{ content: object }>('GET', `/v1/templates/${id}`);
    expect(native.body.content).toEqual({ subject: 'Hello {{context.name}}', html: '<p>Hi</p>' });

    const byName = `property=${encodeURIComponent(`name~^${name}`)}&orderBy=name&limit=1`;
    await ajo('POST', PATH, template(`${name} too`), { 'Content-Type': TYPE });
    const first = await ajo('GET', `${PATH}?${byName}`);
    const { next } = first.body['_links'] as { next: { href: string } };
    expect((await ajo('GET', next.href)).body).toMatchObject({ items: [{ name: `${name} too` }], _page: { count: 1 } });
    expect((await ajo('GET', next.href)).body['_links']).not.toHaveProperty('next');

    const list = await ajo('GET', `${PATH}?property=${encodeURIComponent(`name==${name}`)}&orderBy=name`);
    expect(deviation('content-list', list.body)).toBeUndefined();
    expect(list.body).toMatchObject({ items: [{ id }], _page: { count: 1 } });

    for (const start of ['!!', '-', 'LTE', 'MA', 'MDE', 'MS41'])
      expect([start, (await ajo('GET', `${PATH}?start=${start}`)).status]).toEqual([start, 400]);

    const etag = read.headers.get('etag') ?? '';
    expect((await ajo('PUT', `${PATH}/${id}`, template('other'), { 'If-Match': '"9"' })).status).toBe(412);
    const put = await ajo('PUT', `${PATH}/${id}`, template(`${name}-2`), { 'If-Match': etag, 'Content-Type': TYPE });
    expect(put.status).toBe(204);
    const patch = [{ op: 'replace', path: '/description', value: 'renamed' }];
    const patched = await ajo('PATCH', `${PATH}/${id}`, patch, {
      'If-Match': put.headers.get('etag') ?? '',
      'Content-Type': 'application/json-patch+json',
    });
    expect(patched).toMatchObject({ status: 200, body: { name: `${name}-2`, description: 'renamed' } });
    const wrong = [{ op: 'replace', path: '/template', value: 'x' }];
    expect((await ajo('PATCH', `${PATH}/${id}`, wrong, { 'If-Match': '*' })).status).toBe(400);
    expect((await ajo('DELETE', `${PATH}/${id}`)).status).toBe(204);
    expect((await ajo('GET', `${PATH}/${id}`)).status).toBe(404);
  });
});

test('templates in the order of their making come page by page, whatever is added in between', async () => {
  const PATH = '/ajo/content/templates';
  const name = unique('paged');
  const create = async (suffix: string): Promise<string> =>
    idOf(
      (
        await ajo('POST', PATH, {
          name: `${name}-${suffix}`,
          templateType: 'html',
          channels: ['email'],
          template: { html: '<p>x</p>' },
        })
      ).headers,
    );
  const ids: string[] = [];
  for (const suffix of ['a', 'b', 'c', 'd', 'e']) {
    ids.unshift(await create(suffix));
    await ajo('POST', PATH, { name: 'other', templateType: 'html', channels: ['email'], template: { html: 'x' } });
  }
  const found: string[] = [];
  let next: string | undefined = `${PATH}?orderBy=-createdAt&limit=2&property=${encodeURIComponent(`name~^${name}`)}`;
  while (next !== undefined) {
    const { status, body } = await ajo('GET', next);
    expect([status, deviation('content-list', body)]).toEqual([200, undefined]);
    found.push(...(body['items'] as { id: string }[]).map(({ id }) => id));
    next = (body['_links'] as { next?: { href: string } }).next?.href;
    if (found.length === 2) await create('later');
  }
  expect(found).toEqual(ids);
  expect((await ajo('GET', `${PATH}?orderBy=-createdAt&start=nonsense`)).status).toBe(400);
});

describe('fragments', () => {
  const PATH = '/ajo/content/fragments';
  const fragment = (name: string, content: string) => ({
    name,
    type: 'html',
    channels: ['email'],
    fragment: { content },
  });
  const create = async (name: string, content: string): Promise<string> =>
    idOf((await ajo('POST', PATH, fragment(name, content))).headers);
  const publish = (fragmentId: string) => ajo('POST', `${PATH}/publications`, { fragmentId });
  const campaignWith = async (html: string): Promise<string> => {
    const surface = await herald.call<{ id: string }>('POST', '/v1/surfaces', {
      name: unique('surface'),
      channel: 'email',
      sender: { address: 'a@b.example' },
    });
    const campaign = await herald.call<{ id: string }>('POST', '/v1/campaigns', {
      title: 'With fragments',
      channel: 'email',
      surfaceId: surface.body.id,
      content: { subject: 'x', html, text: 'x' },
    });
    return campaign.body.id;
  };
  const activate = (id: string) => herald.call('POST', `/v1/campaigns/${id}/activate`);
  const htmlOf = async (campaignId: string, context: object): Promise<string> => {
    const { body } = await herald.trigger(campaignId, { context });
    const { messageId } = await herald.finalMessage(body.executionId);
    const mail = await until('the mail', async () =>
      (await herald.inbox()).find((one) => one.messageId.startsWith(`${messageId}@`)),
    );
    return mail.html;
  };

  test('are published before use; an accepted campaign keeps what it was activated with', async () => {
    const name = unique('footer');
    const id = await create(name, '<p>Bye {{context.name}}</p>');
    const campaignId = await campaignWith(`<b>Hi</b>{{> ${name}}}`);
    expect((await activate(campaignId)).status).toBe(422);
    expect((await ajo('GET', `${PATH}/${id}/liveFragment`)).status).toBe(404);
    const published = await publish(id);
    expect([published.status, published.headers.get('location')]).toEqual([
      202,
      expect.stringContaining(`${PATH}/${id}/lastPublicationStatus`),
    ]);
    const status = await ajo('GET', `${PATH}/${id}/lastPublicationStatus`);
    expect(status.body).toMatchObject({ status: 'complete' });
    expect(deviation('publication-status', status.body)).toBeUndefined();
    expect((await activate(campaignId)).status).toBe(200);
    expect(await htmlOf(campaignId, { name: '<Ada>' })).toContain('<b>Hi</b><p>Bye &lt;Ada&gt;</p>');

    const etag = (await ajo('GET', `${PATH}/${id}`)).headers.get('etag') ?? '';
    expect((await ajo('PUT', `${PATH}/${id}`, fragment(name, '<p>Ciao</p>'), { 'If-Match': etag })).status).toBe(204);
    const live = await ajo('GET', `${PATH}/${id}/liveFragment`);
    expect(deviation('fragment', live.body)).toBeUndefined();
    expect(live.body).toMatchObject({ fragment: { content: '<p>Bye {{context.name}}</p>' }, status: 'PUBLISHED' });
    await publish(id);
    expect(await htmlOf(campaignId, { name: 'Ada' })).toContain('Bye Ada');
    expect((await herald.call('DELETE', `/v1/fragments/${id}`)).status).toBe(204);
    expect(await htmlOf(campaignId, { name: 'Bob' })).toContain('Bye Bob');
  });

  test('are escaped for the place where they are put, and may use others', async () => {
    const address = await create(unique('address'), '{{context.path}}');
    expect((await publish(address)).status).toBe(202);
    const outer = await create(unique('outer'), `<a href="https://shop.example/?q={{> ${address}}}">go</a>`);
    expect((await publish(outer)).status).toBe(202);
    const campaignId = await campaignWith(`<p>{{> ${address}}}</p>{{> ${outer}}}`);
    expect((await activate(campaignId)).status).toBe(200);
    const html = await htmlOf(campaignId, { path: 'a&b "c"' });
    expect(html).toContain('<p>a&amp;b &quot;c&quot;</p>');
    expect(html).toContain('href="https://shop.example/?q=a%26b%20%22c%22"');
  });

  test('that use each other in a circle, or what is not there, are refused, not followed', async () => {
    const a = await create(unique('circle'), 'a');
    const b = await create(unique('circle'), `{{> ${a}}}`);
    await publish(a);
    await publish(b);
    await ajo('PUT', `${PATH}/${a}`, fragment('circle', `{{> ${b}}}`), { 'If-Match': '*' });
    expect((await publish(a)).status).toBe(422);
    expect((await publish(await create(unique('broken'), '<p>{{#if context.a}}</p>'))).status).toBe(422);
    expect((await activate(await campaignWith('{{> nothing-of-that-name}}'))).status).toBe(422);
    expect((await publish('none')).status).toBe(404);
  });

  test('with a name that two have are used by id alone', async () => {
    const name = unique('twin');
    const ids = [await create(name, 'one'), await create(name, 'two')];
    for (const id of ids) await publish(id);
    expect((await activate(await campaignWith(`<p>{{> ${name}}}</p>`))).status).toBe(422);
    const campaignId = await campaignWith(`<p>{{> ${ids[1] ?? ''}}}</p>`);
    expect((await activate(campaignId)).status).toBe(200);
    expect(await htmlOf(campaignId, {})).toContain('<p>two</p>');
  });
});

describe('campaigns', () => {
  const PATH = '/journey/campaigns/service';

  test('are read in AJO’s shapes: one, its versions, its validation, and pages by name', async () => {
    const title = unique('Campaign');
    const ids = [
      await herald.campaign({ title: `${title} b`, namespace: 'loyalty' }),
      await herald.campaign({ title: `${title} a` }),
    ];
    const one = await ajo('GET', `${PATH}/campaigns/${ids[0] ?? ''}`);
    expect(one).toMatchObject({
      status: 200,
      body: { name: `${title} b`, status: 'LIVE', campaignType: 'ApiTriggered', identityNamespace: 'loyalty' },
    });
    expect(deviation('campaign', one.body)).toBeUndefined();
    const query = `count=1&orderby=name&property=${encodeURIComponent(`campaignClass!=inline;name=like="${title}"`)}`;
    for (const [page, id] of [ids[1], ids[0]].entries()) {
      const { body } = await ajo('GET', `${PATH}/campaigns?${query}&page=${page}`);
      expect(deviation('campaign-list', body)).toBeUndefined();
      expect(body).toMatchObject({ data: [{ campaignId: id }], _page: { totalCount: 2, totalPages: 2, page } });
    }
    const versions = await ajo('GET', `${PATH}/campaigns/${ids[0] ?? ''}/versions`);
    expect(versions.body).toMatchObject({ data: [{ versionId: '1' }] });
    const validation = await ajo('GET', `${PATH}/campaigns/${ids[0] ?? ''}/publish/validation`);
    expect(validation.body).toMatchObject({ valid: true, errors: [] });
    const [pack] = one.body['packages'] as { attributes: { surface: { surfaceId: string } } }[];
    const surfaceId = pack?.attributes.surface.surfaceId ?? '';
    expect(await ajo('GET', `${PATH}/metadata/surfaces/email/${surfaceId}`)).toMatchObject({
      status: 200,
      body: { surfaceId },
    });
    expect((await ajo('GET', `${PATH}/metadata/surfaces/sms/${surfaceId}`)).status).toBe(404);
    expect((await ajo('GET', `${PATH}/campaigns?property=secret==1`)).status).toBe(400);
  });

  test('of the type `scheduled` are told from those that an API triggers', async () => {
    const surface = await herald.call<{ id: string }>('POST', '/v1/surfaces', {
      name: unique('surface'),
      channel: 'email',
      sender: { address: 'a@b.example' },
    });
    const campaign = await herald.call<{ id: string }>('POST', '/v1/campaigns', {
      title: 'Newsletter',
      type: 'scheduled',
      channel: 'email',
      surfaceId: surface.body.id,
      audience: { kind: 'list', id: 'everybody' },
      scheduledAt: '2100-01-01T00:00:00Z',
    });
    const one = await ajo('GET', `${PATH}/campaigns/${campaign.body.id}`);
    expect([one.body['campaignType'], deviation('campaign', one.body)]).toEqual(['Scheduled', undefined]);
    const query = encodeURIComponent('campaignType==Scheduled');
    const { body } = await ajo('GET', `${PATH}/campaigns?property=${query}`);
    expect(body).toMatchObject({ data: [{ campaignId: campaign.body.id }], _page: { totalCount: 1 } });
  });
});
