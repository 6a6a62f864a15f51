import twilio from 'twilio';
import type { Pool } from 'undici';
import type { Calls } from '../http/calls.ts';
import type { HttpAnswer, HttpResult } from '../http/exchange.ts';

/** Everything but a 2xx: it passes through the client as it is. */
export class TwilioFailure extends Error {
  override readonly name = 'TwilioFailure';
  readonly result: HttpResult;

  constructor(result: HttpResult) {
    super(result.kind === 'answer' ? `status ${result.status}` : result.code);
    this.result = result;
  }
}

export interface TwilioAccount {
  readonly accountSid: string;
  readonly authToken: string;
  /** Where the API is, with a path before its own where there is one. */
  readonly url: URL;
}

/** Twilio's own client, on these connections instead of axios, at this address whatever host it would have called. */
export function createTwilioClient(account: TwilioAccount, calls: Calls, pool: Pool): twilio.Twilio {
  const { accountSid, authToken, url } = account;
  const prefix = url.pathname.replace(/\/+$/, '');
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;

  const httpClient: Pick<twilio.RequestClient, 'request'> = {
    async request<T>({ uri, headers, data }: Parameters<twilio.RequestClient['request']>[0]) {
      const { pathname, search } = new URL(uri);
      const result = await calls.make(() => pool, {
        path: `${prefix}${pathname}${search}`,
        headers: { ...(headers as Record<string, string>), authorization },
        body: Buffer.from(new URLSearchParams(data as Record<string, string>).toString()),
      });
      if (result.kind === 'lost' || result.status < 200 || result.status >= 300) throw new TwilioFailure(result);
      // A message that was accepted stays so, whatever its description looks like.
      const body = (objectIn(result) ?? {}) as T;
      return { statusCode: result.status, body, headers: result.headers, toString: () => '' };
    },
  };
  return twilio(accountSid, authToken, {
    httpClient: httpClient as twilio.RequestClient,
    // The library would read these from the environment of the process.
    edge: '',
    region: '',
  });
}

/** Twilio's error code in an answer (`{ "code": 21211, … }`). */
export function errorCodeOf(answer: HttpAnswer): number | undefined {
  const code = objectIn(answer)?.['code'];
  return typeof code === 'number' && Number.isInteger(code) && code > 0 && code < 1_000_000 ? code : undefined;
}

function objectIn({ body }: HttpAnswer): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}
