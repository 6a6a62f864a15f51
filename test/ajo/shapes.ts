import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Herald } from '../support/standalone.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);

/** What is not of the shape that AJO documents; undefined: it is. */
export function deviation(shape: string, value: unknown): string | undefined {
  const file = new URL(`./schemas/${shape}.json`, import.meta.url);
  const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
  return validate(value) ? undefined : `${shape}: ${ajv.errorsText(validate.errors)}`;
}

export interface AjoAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A client as AJO's samples write it: four headers, and nothing but the base URL and the token are Herald's. */
export const ajoClient =
  (herald: Pick<Herald, 'url' | 'key'>, over: Readonly<Record<string, string>> = {}) =>
  async (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${herald.url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${herald.key}`,
        'x-api-key': 'client-id-of-the-integration',
        'x-gw-ims-org-id': 'herald',
        'x-sandbox-name': 'prod',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...over,
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer: AjoAnswer = {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    };
    return answer;
  };
