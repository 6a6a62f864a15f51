import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recipient, unique } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { ajoClient, deviation } from './shapes.ts';

let herald: Herald;
let ajo: ReturnType<typeof ajoClient>;
beforeAll(async () => {
  herald = await startHerald();
  ajo = ajoClient(herald);
});
afterAll(() => herald.dispose());

const PATH = '/ajo/config/suppression';
const sendTo = async (campaignId: string, userId: string): Promise<unknown> => {
  const { body } = await herald.trigger(campaignId, { recipients: [recipient({ userId })] });
  return herald.finalMessage(body.executionId);
};

describe('domains', () => {
  test('are suppressed with all their addresses, listed apart from these, and released', async () => {
    const campaignId = await herald.campaign();
    const domain = `${unique('domain')}.example`;
    const entity = { type: 'domain', entityValue: domain };
    const added = await ajo('POST', `${PATH}/domains`, [{ entity, comment: 'a spam trap' }]);
    expect([added.status, deviation('suppressions', added.body)]).toEqual([201, undefined]);
    const one = await ajo('GET', `${PATH}/domains/${domain.toUpperCase()}`);
    expect(one).toMatchObject({ status: 200, body: { entity, suppressed: { comment: 'a spam trap' } } });
    expect(deviation('suppression', one.body)).toBeUndefined();
    expect(await sendTo(campaignId, `ada@${domain}`)).toMatchObject({ state: 'excluded', reason: 'suppressed' });
    expect((await ajo('GET', `${PATH}/addresses/ada@${domain}`)).status).toBe(404);
    expect((await ajo('DELETE', `${PATH}/domains/${domain}`)).status).toBe(204);
    expect((await ajo('DELETE', `${PATH}/domains/${domain}`)).status).toBe(404);
    expect(await sendTo(campaignId, `ada@${domain}`)).toMatchObject({ state: 'sent' });
  });

  test('come page by page, newest first, and nothing else among them', async () => {
    const domains = [unique('a'), unique('b'), unique('c')].map((name) => `${name}.list.example`);
    for (const entityValue of domains) {
      await ajo('POST', `${PATH}/domains`, [{ entity: { type: 'domain', entityValue } }]);
      await ajo('POST', `${PATH}/addresses`, [{ entity: { type: 'email', entityValue: `ada@${entityValue}` } }]);
    }
    const read = async (path: string): Promise<string[]> => {
      const found: string[] = [];
      let next: string | undefined = `${PATH}/${path}?limit=2`;
      while (next !== undefined) {
        const { status, body } = await ajo('GET', next);
        expect([status, deviation('suppression-list', body)]).toEqual([200, undefined]);
        found.push(...(body['items'] as { entity: { entityValue: string } }[]).map((one) => one.entity.entityValue));
        next = (body['_links'] as { next?: { href: string } }).next?.href;
      }
      return found.filter((one) => one.endsWith('.list.example'));
    };
    expect(await read('domains')).toEqual(domains.toReversed());
    expect(await read('addresses')).toEqual(domains.toReversed().map((domain) => `ada@${domain}`));
    expect((await ajo('GET', `${PATH}/domains?start=nonsense`)).status).toBe(400);
    expect((await ajo('GET', `${PATH}/domains?type=allowed`)).status).toBe(501);
  });

  test('that are none are refused, and none of the others is stored', async () => {
    const fine = `${unique('fine')}.example`;
    for (const entityValue of ['', '@shop.example', 'ada@shop.example', 'shop..example', 'a b', '-x.example']) {
      const body = [{ entity: { type: 'domain', entityValue: fine } }, { entity: { type: 'domain', entityValue } }];
      expect([entityValue, (await ajo('POST', `${PATH}/domains`, body)).status]).toEqual([entityValue, 400]);
    }
    expect((await ajo('GET', `${PATH}/domains/${fine}`)).status).toBe(404);
  });
});

describe('uploads', () => {
  const upload = async (file: string | Buffer | Blob, name = 'list.csv', field = 'file') => {
    const form = new FormData();
    form.append(field, file instanceof Blob ? file : new Blob([Uint8Array.from(Buffer.from(file))]), name);
    const headers = { authorization: `Bearer ${herald.key}` };
    const response = await fetch(`${herald.url}${PATH}/uploads`, { method: 'POST', headers, body: form });
    return { status: response.status, body: (await response.json()) as { success?: { jobId: string } } };
  };
  const jobOf = async (file: string, name?: string) => {
    const { status, body } = await upload(file, name);
    expect(status).toBe(201);
    return body.success?.jobId ?? '';
  };

  test('put addresses and domains on the list, tell each line that is wrong, and are forgotten without them', async () => {
    const campaignId = await herald.campaign();
    const name = unique('upload');
    const file = [
      '\uFEFFTYPE,VALUE,COMMENT',
      `EMAIL,${name}@example.com,"asked, twice"`,
      `domain,${name}.example,`,
      `EMAIL,not an address: ${name}`,
      `PHONE,+4520123456,x`,
      `EMAIL,${name}+2@example.com,caf\u00e9`,
      '',
      `EMAIL,${name}+3@example.com`,
    ].join('\r\n');
    const id = await jobOf(file, 'my list.csv');
    const job = await ajo('GET', `${PATH}/uploads/${id}`);
    expect([job.status, deviation('upload', job.body)]).toEqual([200, undefined]);
    expect(job.body).toMatchObject({
      jobId: id,
      filename: 'my list.csv',
      status: 'COMPLETE',
      recordCount: 6,
      handledCount: 3,
      failedCount: 3,
      imsOrgId: 'herald',
      sandboxId: 'prod',
      failedRecords: [
        { type: 'EMAIL', value: '', comments: 'line 4', failureReason: expect.stringContaining('email address') },
        { type: '', comments: 'line 5', failureReason: 'the type must be EMAIL or DOMAIN' },
        { type: 'EMAIL', comments: 'line 6', failureReason: expect.stringContaining('ASCII') },
      ],
    });
    // What stood on a line is not kept: it may be somebody's address.
    expect(JSON.stringify(job.body)).not.toContain(name);
    const one = await ajo('GET', `${PATH}/addresses/${name}@example.com`);
    expect(one.body).toMatchObject({ suppressed: { comment: 'asked, twice', type: 'MANUAL' } });
    expect((await ajo('GET', `${PATH}/domains/${name}.example`)).status).toBe(200);
    expect(await sendTo(campaignId, `ada@${name}.example`)).toMatchObject({ state: 'excluded', reason: 'suppressed' });
    expect((await ajo('DELETE', `${PATH}/uploads/${id}`)).status).toBe(204);
    expect((await ajo('DELETE', `${PATH}/uploads/${id}`)).status).toBe(404);
    expect((await ajo('GET', `${PATH}/uploads/${id}`)).status).toBe(404);
    expect((await ajo('GET', `${PATH}/addresses/${name}@example.com`)).status).toBe(200);
  });

  test('are listed newest first, page by page, and are in the audit log', async () => {
    const ids = [await jobOf('EMAIL,a@list.example'), await jobOf(''), await jobOf('EMAIL,a@list.example')];
    const found: string[] = [];
    let next: string | undefined = `${PATH}/uploads?limit=2`;
    while (next !== undefined) {
      const { body } = await ajo('GET', next);
      expect(deviation('upload-list', body)).toBeUndefined();
      found.push(...(body['items'] as { jobId: string }[]).map(({ jobId }) => jobId));
      next = (body['_links'] as { next?: { href: string } }).next?.href;
    }
    expect(found.slice(0, 3)).toEqual(ids.toReversed());
    const audit = await herald.call<{ items: object[] }>('GET', `/v1/audit?objectId=${ids[0] ?? ''}`);
    expect(audit.body.items).toMatchObject([{ action: 'import', objectType: 'suppression' }]);
  });

  test('of thousands of lines take a moment, in columns of any order', async () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => `many ${n},bulk-${n}@many.example,EMAIL`);
    const id = await jobOf(['COMMENT,VALUE,TYPE', ...lines].join('\n'));
    expect((await ajo('GET', `${PATH}/uploads/${id}`)).body).toMatchObject({ handledCount: 20_000, failedCount: 0 });
    const last = await ajo('GET', `${PATH}/addresses/BULK-19999@many.example`);
    expect(last.body).toMatchObject({ suppressed: { comment: 'many 19999' } });
  });

  test('that are no file, no form or no text are refused', async () => {
    expect((await upload('EMAIL,a@b.example', 'list.csv', 'data')).status).toBe(400);
    expect((await upload(Buffer.from([0x45, 0xff, 0xfe]))).status).toBe(400);
    const raw = async (type: string, body: string): Promise<number> =>
      (await ajo('POST', `${PATH}/uploads`, body, { 'Content-Type': type })).status;
    expect(await raw('multipart/form-data', 'x')).toBe(400);
    expect(await raw('multipart/form-data; boundary=x', 'not a form')).toBe(400);
    expect(await raw('application/json', '{}')).toBe(415);
    expect((await upload('x'.repeat(6_000_000))).status).toBe(413);
  });
});
