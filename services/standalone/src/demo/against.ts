import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApi } from './api.ts';
import { sendAll, until } from './send.ts';

/**
 * The demo's messages, sent to a Herald that is up already: HERALD_URL says where, HERALD_KEY is its first key (else the
 * one in HERALD_DATA), HERALD_PUBLIC_URL is how people reach it. Ends with 0 when all have arrived.
 */
async function main(): Promise<void> {
  const { HERALD_URL: url, HERALD_DATA: data = '.herald', HERALD_PUBLIC_URL: shown } = process.env;
  if (url === undefined || url === '') throw new Error('HERALD_URL must be set');
  const key = process.env['HERALD_KEY'] || readFileSync(join(data, 'admin.key'), 'utf8').trim();
  const api = createApi(url, key);
  for (const path of ['/health/ready', '/ajo/im/health']) {
    await until(`${path} answers`, () => api.call('GET', path).catch(() => undefined));
  }
  const inbox = await api.call('GET', '/v1/inbox?limit=1').then(
    () => ['email', 'sms', 'push'],
    () => [],
  );
  await sendAll({ url, key, inbox, shown });
}

try {
  await main();
  process.stdout.write('\nThe demo worked.\n');
} catch (error) {
  process.stderr.write(`\nThe demo failed: ${Error.isError(error) ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
