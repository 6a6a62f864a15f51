import { z } from 'zod';
import { feedbackItemSchema, feedbackItemsSchema, feedbackTakenSchema } from '../feedback.ts';
import { json, operation } from '../operation.ts';

const MAX_REPORT_BYTES = 2 * 1024 * 1024;
const MAX_ITEMS_BYTES = 1024 * 1024;
const MAX_FORM_BYTES = 65_536;

export const reportEmail = operation({
  id: 'reportEmail',
  method: 'post',
  path: '/feedback/email/dsn',
  tag: 'Feedback',
  summary: 'A mail server’s report about an email: a bounce (RFC 3464) or a complaint (RFC 5965)',
  description:
    'The report as it came, whole: for pipes of mail servers and webhooks of mailboxes. It is found by the return path that it was sent to, or by the `Message-ID` of the email that it returns. What is no report is dropped.',
  access: 'feedback',
  body: { schema: z.string(), limit: MAX_REPORT_BYTES, raw: ['message/rfc822'] },
  answers: { 202: json('It was read.', feedbackTakenSchema) },
});

export const reportSms = operation({
  id: 'reportSms',
  method: 'post',
  path: '/feedback/sms/twilio',
  tag: 'Feedback',
  summary: 'A status callback of Twilio',
  description:
    'Twilio calls it for each message, where `HERALD_PUBLIC_URL` is set, and signs it with the token of the account (`X-Twilio-Signature`).',
  access: 'none',
  query: z.strictObject({ message: z.string().min(1).max(200).describe('The id of the message.') }),
  body: { schema: z.string(), limit: MAX_FORM_BYTES, raw: ['application/x-www-form-urlencoded'] },
  answers: { 204: { description: 'It is on disk, or it says nothing about a message of this installation.' } },
  problems: ['invalid-body', 'signature-invalid', 'not-found', 'unsupported-media-type', 'too-large', 'unavailable'],
});

export const reportAny = operation({
  id: 'reportAny',
  method: 'post',
  path: '/feedback/{provider}',
  tag: 'Feedback',
  summary: 'What a provider says of its messages',
  description:
    'Signed as https://www.standardwebhooks.com says, with a secret of `HERALD_FEEDBACK_SECRETS`: the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. A provider speaks of its own messages alone.',
  access: 'none',
  params: z.strictObject({ provider: z.string().min(1).max(60).describe('Its name, as in surfaces.') }),
  body: {
    schema: z.union([feedbackItemSchema, feedbackItemsSchema]),
    limit: MAX_ITEMS_BYTES,
    raw: ['application/json'],
  },
  answers: { 202: json('It was read.', feedbackTakenSchema) },
  problems: ['invalid-body', 'signature-invalid', 'unsupported-media-type', 'too-large', 'unavailable'],
});
