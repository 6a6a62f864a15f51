import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { addressSchemaOf } from '@herald/contracts';
import type { Kept } from './kept.ts';
import { answering, close, HERE, listen, type Answer, type LocalServer, type Request } from './local-server.ts';

const MAX_REQUEST_BYTES = 100_000;
/** What Twilio takes. */
const MAX_TEXT = 1_600;

export interface SmsAccount {
  readonly accountSid: string;
  readonly authToken: string;
}

const newAccount = (): SmsAccount => ({
  accountSid: `AC${randomBytes(16).toString('hex')}`,
  authToken: randomBytes(16).toString('hex'),
});

/** As much of Twilio's Messages API as its client needs in order to send; it takes what this account sends. */
export async function startSmsServer(kept: Kept, place = HERE, account = newAccount()): Promise<LocalServer> {
  const { accountSid, authToken } = account;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;

  function answer(request: Request): Answer {
    if (request.header('authorization') !== authorization) return refusal(401, 20003, 'Authenticate');
    if (request.method !== 'POST' || request.path !== `/2010-04-01/Accounts/${accountSid}/Messages.json`) {
      return refusal(404, 20404, 'The requested resource was not found');
    }
    const form = new URLSearchParams(request.body.toString());
    const to = form.get('To') ?? '';
    const from = form.get('MessagingServiceSid') ?? form.get('From') ?? '';
    const text = form.get('Body') ?? '';
    if (to === '') return refusal(400, 21604, "A 'To' phone number is required");
    if (!addressSchemaOf('sms').safeParse(to).success) return refusal(400, 21211, "Invalid 'To' Phone Number");
    if (from === '') return refusal(400, 21603, "A 'From' phone number is required");
    if (text === '') return refusal(400, 21602, 'Message body is required');
    if (text.length > MAX_TEXT) return refusal(400, 21617, 'The message body exceeds the 1600 character limit');

    const sid = `SM${randomBytes(16).toString('hex')}`;
    const period = Number(form.get('ValidityPeriod') ?? Number.NaN);
    kept.add('sms', { from, to: [to] }, async () => ({
      providerMessageId: sid,
      text,
      ...(Number.isInteger(period) ? { validityPeriod: period } : {}),
      headers: request.headers,
    }));
    const message = { sid, account_sid: accountSid, to, from, body: text, status: 'queued', direction: 'outbound-api' };
    return { status: 201, headers: JSON_TYPE, body: JSON.stringify(message) };
  }

  const server = createServer(answering(MAX_REQUEST_BYTES, answer));
  const port = await listen(server, place);
  return {
    settings: {
      twilioAccountSid: accountSid,
      twilioAuthToken: authToken,
      twilioUrl: `http://${place.name}:${port}`,
    },
    close: () => close(server),
  };
}

const JSON_TYPE = { 'content-type': 'application/json' };

const refusal = (status: number, code: number, message: string): Answer => ({
  status,
  headers: JSON_TYPE,
  body: JSON.stringify({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }),
});
