import { parseArgs } from 'node:util';

/** As much of curl as a generated call needs, for images without it. */
const { values, positionals } = parseArgs({
  options: {
    request: { type: 'string', short: 'X', default: 'GET' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    'data-raw': { type: 'string' },
  },
  allowPositionals: true,
});
const headers = values.header.map((line): [string, string] => {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
});
const response = await fetch(positionals[0] ?? '', {
  method: values.request,
  headers,
  ...(values['data-raw'] === undefined ? {} : { body: values['data-raw'] }),
});
process.stdout.write(await response.text());
