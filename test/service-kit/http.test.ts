import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { LIMITS } from '@herald/contracts';
import { createHttpServer } from '@herald/service-kit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient, type Client } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { problemOf, routes, slow } from './fixture.ts';

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startServer(routes);
  client = await server.client({ org: 'acme', sandbox: 'dev' }, ['read', 'keys']);
});
afterAll(() => server.dispose());

const post = (body: unknown, headers: Record<string, string> = {}) => client.call('POST', '/echo', body, headers);

/** Sends raw bytes and gives everything that comes back until the server closes. */
async function raw(send: (socket: Socket) => void): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => void (answer += text));
  send(socket);
  await once(socket, 'close');
  return answer;
}

describe('bodies', () => {
  test('JSON is read, and measured in bytes', async () => {
    expect((await post({ name: 'Zoë 🙂' })).body).toEqual({ body: { name: 'Zoë 🙂' }, bytes: 20 });
    expect((await post('"text"', { 'content-type': 'Application/JSON; charset=UTF-8' })).body['body']).toBe('text');
    expect((await post('[[[]]]')).status).toBe(200);
  });

  test.each([
    ['not JSON', '{"a":', 'the body is not valid JSON'],
    ['nothing', '', 'the body is empty'],
    ['too deep', `${'['.repeat(65)}${']'.repeat(65)}`, 'the body is nested deeper than 64 levels'],
    ['too deep, mixed', `${'{"a":['.repeat(33)}1${']}'.repeat(33)}`, 'the body is nested deeper than 64 levels'],
  ])('%s: 400', async (_name, body, detail) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(problemOf(answer.body).detail).toBe(detail);
  });

  test('brackets that open nothing, and 64 levels, are read', async () => {
    expect((await post(JSON.stringify({ a: '[{"\\'.repeat(60) }))).status).toBe(200);
    expect((await post(JSON.stringify(Array.from({ length: 100 }, () => [])))).status).toBe(200);
    expect((await post(`${'['.repeat(64)}${']'.repeat(64)}`)).status).toBe(200);
  });

  test('bytes that are not UTF-8: 400', async () => {
    const body = Buffer.from([0x22, 0xc3, 0x28, 0x22]);
    const response = await fetch(`${server.url}/echo`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(400);
    expect(problemOf(await response.json()).detail).toBe('the body is not valid UTF-8');
  });

  test.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['application/json; charset=latin1'],
    ['application/jsonp'],
  ])('%s: 415', async (type) => {
    expect((await post('{}', { 'content-type': type })).status).toBe(415);
  });
  test('no type, or a compressed body: 415', async () => {
    expect(
      await raw((socket) =>
        socket.end('POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}'),
      ),
    ).toMatch(/^HTTP\/1.1 415 /);
    expect((await post('{}', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  test('a body at the limit is read, one byte more is not', async () => {
    expect((await post(JSON.stringify('x'.repeat(998)))).status).toBe(200);
    const answer = await post(JSON.stringify('x'.repeat(999)));
    expect(answer.status).toBe(413);
    expect(problemOf(answer.body).detail).toBe('a request may have 1000 bytes');
  });

  test('5 MB are read, and more is refused with an answer that arrives whole', async () => {
    const text = JSON.stringify('x'.repeat(LIMITS.requestBytes - 2));
    expect((await client.call('POST', '/large', text)).body).toEqual({ bytes: LIMITS.requestBytes });
    for (let round = 0; round < 5; round += 1) {
      const answer = await client.call('POST', '/large', `${text}${text}`);
      expect([answer.status, problemOf(answer.body).status]).toEqual([413, 413]);
    }
  });

  test('even to a sender that reads nothing before it has sent everything', async () => {
    const answer = await raw((socket) => {
      socket.pause();
      socket.write(
        `POST /large HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 6000000\r\n\r\n`,
      );
      socket.write(Buffer.alloc(6_000_000, ' '), () => socket.resume());
    });
    expect(answer).toMatch(/^HTTP\/1.1 413 [\s\S]*\{"type":.*\}$/);
  });

  test('and to one whose line is slow, for as long as it goes on', async () => {
    const part = Buffer.alloc(500_000, ' ');
    let toCome = 12;
    const answer = await raw((socket) => {
      socket.pause();
      socket.write(
        `POST /large HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 6000000\r\n\r\n`,
      );
      const feed = setInterval(() => {
        socket.write(part);
        toCome -= 1;
        if (toCome > 0) return;
        clearInterval(feed);
        socket.resume();
      }, 150);
    });
    expect(answer).toMatch(/^HTTP\/1.1 413 [\s\S]*\{"type":.*\}$/);
  });

  test('an upload of unknown length is refused when it passes the limit, while it is still coming', async () => {
    const answer = await raw((socket) => {
      socket.write(
        'POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      );
      const feed = setInterval(() => socket.write(`200\r\n${' '.repeat(512)}\r\n`), 5);
      socket.on('error', () => {}).on('close', () => clearInterval(feed));
    });
    expect(answer).toMatch(/^HTTP\/1.1 413 [\s\S]*Connection: close[\s\S]*\{"type":.*\}$/);
  });

  test('whoever asks first is told before it sends', async () => {
    const head = 'POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\n';
    const refused = await raw((socket) =>
      socket.write(`${head}Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n`),
    );
    expect(refused).toMatch(/^HTTP\/1.1 413 /);
    const invited = await raw((socket) => {
      socket.once('data', () => socket.write('{}'));
      socket.write(`${head}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n`);
    });
    expect(invited).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /);
  });

  test('a sender that goes away in the middle harms nobody', async () => {
    await raw((socket) => {
      socket.write('POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
      setTimeout(() => socket.destroy(), 20);
    });
    expect((await post({})).status).toBe(200);
  });
});

describe('what goes wrong', () => {
  test('an outage is 503 with a time to come back', async () => {
    for (const code of ['full', 'unavailable', 'closed']) {
      const { status, headers, body } = await client.call('GET', `/outage/${code}`);
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(JSON.stringify(body)).not.toContain('private');
    }
  });
  test('a bug is 500 and shows nothing of itself', async () => {
    const response = await fetch(`${server.url}/bug`);
    expect(response.status).toBe(500);
    const body: unknown = await response.json();
    expect(problemOf(body).type).toMatch(/HERALD-001009-500$/);
    expect(JSON.stringify(body)).not.toMatch(/private|\.ts|node_modules/);
  });
  test('an unknown path is 404, a broken one 400', async () => {
    expect((await client.call('GET', '/nothing')).status).toBe(404);
    const { status, body } = await client.call('GET', '/control/%zz');
    expect([status, problemOf(body).report.additionalContext['field']]).toEqual([400, 'path']);
  });
});

describe('what never becomes a request', () => {
  test.each([
    ['no HTTP', 'HELO\r\n\r\n', 400],
    ['too much before the body', `GET /who HTTP/1.1\r\nHost: h\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s', async (_name, bytes, status) => {
    const answer = await raw((socket) => socket.write(bytes));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(problemOf(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).status).toBe(status);
  });

  test('rubbish after a request: the request has its answer, whole', async () => {
    const answer = await raw((socket) => socket.write('GET /health/live HTTP/1.1\r\nHost: h\r\n\r\nrubbish\r\n\r\n'));
    expect(answer).toMatch(/^HTTP\/1.1 200 OK[\s\S]*\{"live":true\}/);
  });
});

describe('operations', () => {
  test('alive always, ready when every check is green', async () => {
    server.health.set('extra', false, 'not yet');
    expect((await client.call('GET', '/health/live')).status).toBe(200);
    const red = await client.call('GET', '/health/ready');
    expect(red.status).toBe(503);
    expect(red.body).toMatchObject({ ready: false, checks: { extra: { ok: false, detail: 'not yet' } } });
    server.health.set('extra', true);
    expect(await client.call('GET', '/health/ready')).toMatchObject({ status: 200, body: { ready: true } });
  });
  test('requests are counted by route, never by path', async () => {
    await client.call('GET', '/control/some-id');
    await client.call('GET', '/some/unknown/path');
    const { text } = (await client.call('GET', '/metrics')).body as { text: string };
    expect(text).toMatch(/herald_http_request_duration_seconds_count\{route="\/control\/:id",status="403"\} [1-9]/);
    expect(text).toContain('route="unmatched",status="404"');
    expect(text).not.toMatch(/some-id|unknown\/path/);
  });
});

describe('closing', () => {
  test('what is in flight is finished, new connections are refused, idle ones are let go', async () => {
    const other = await startServer(routes);
    const { hostname, port } = new URL(other.url);
    const idle = connect(Number(port), hostname);
    await once(idle, 'connect');
    const kept = createClient(other.url, 'none');
    await kept.call('GET', '/health/live');
    const before = slow.started;
    const inFlight = kept.call('GET', '/slow');
    await until('the request has begun', () => slow.started > before);
    const closed = other.server.close(10_000);
    await until('no new connection', async () => {
      const late = connect(Number(port), hostname);
      const outcome = await Promise.race([
        once(late, 'connect').then(() => 'connected'),
        once(late, 'error').then(
          () => 'refused',
          () => 'refused',
        ),
      ]).catch(() => 'refused');
      late.destroy();
      return outcome === 'refused' ? true : undefined;
    });
    slow.release();
    const answer = await inFlight;
    expect(answer.body).toEqual({ done: true });
    expect(answer.headers.get('connection')).toBe('close');
    const start = Date.now();
    await closed;
    expect(Date.now() - start).toBeLessThan(5_000);
    idle.destroy();
    await other.dispose();
  });

  test('what does not finish is cut at the deadline', async () => {
    const other = await startServer(routes);
    const before = slow.started;
    const inFlight = fetch(`${other.url}/slow`).then(
      () => 'answered',
      () => 'cut',
    );
    await until('the request has begun', () => slow.started > before);
    await other.server.close(50);
    expect(await inFlight).toBe('cut');
    await other.dispose();
  });

  test('an address that is taken is an error of the start', async () => {
    const { port } = new URL(server.url);
    const twin = createHttpServer({ ...server, config: { host: '127.0.0.1', port: Number(port) }, apis: [] });
    await expect(twin.listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('methods', () => {
  test('another one on a known path is 405 and says which are allowed', async () => {
    const answer = await client.call('DELETE', '/who');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(problemOf(answer.body).type).toMatch(/HERALD-001014-405$/);
    expect((await client.call('PUT', '/control/a%2Fb')).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect((await client.call('GET', '/echo')).headers.get('allow')).toBe('POST, OPTIONS');
  });
  test('OPTIONS says the same, without a key', async () => {
    const options = (path: string) => fetch(`${server.url}${path}`, { method: 'OPTIONS' });
    const known = await options('/echo');
    expect([known.status, known.headers.get('allow'), await known.text()]).toEqual([204, 'POST, OPTIONS', '']);
    expect(known.headers.has('access-control-allow-origin')).toBe(false);
    expect((await options('/nothing')).status).toBe(404);
  });
  test('HEAD is GET without a body', async () => {
    const answer = await client.call('HEAD', '/who');
    expect([answer.status, answer.body]).toEqual([200, { text: '' }]);
    expect((await client.as('none').call('HEAD', '/who')).status).toBe(401);
  });
});
