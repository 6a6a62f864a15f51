import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

test('a generated call is made without curl as with it', async () => {
  const seen: unknown[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    void text(incoming).then((body) => {
      seen.push([method, url, headers['authorization'], headers['x-name'], body]);
      outgoing.end('answer');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/path`;
  const curl = fileURLToPath(new URL('./curl.ts', import.meta.url));
  const call = ['-X', 'POST', url, '-H', 'Authorization: Bearer k', '-H', 'x-name: a: b', '--data-raw', '{"a":"ø"}'];
  const { stdout } = await promisify(execFile)(process.execPath, [curl, ...call]);
  server.close();
  expect(stdout).toBe('answer');
  expect(seen).toEqual([['POST', '/path', 'Bearer k', 'a: b', '{"a":"ø"}']]);
});
