import { z } from 'zod';

interface ProblemKind {
  /** Stands in the type URI and never changes its meaning. */
  readonly number: number;
  readonly status: number;
  readonly title: string;
  /** What the caller can do about it. */
  readonly advice: string;
}

/** Every error that the HTTP API answers with. */
export const PROBLEMS = {
  'invalid-body': {
    number: 1001,
    status: 400,
    title: 'The request is not valid',
    advice:
      'Correct what `detail` names; `report.additionalContext.field` says where it is. Sending it again unchanged cannot work.',
  },
  unauthenticated: {
    number: 1002,
    status: 401,
    title: 'No valid key',
    advice: 'Send `Authorization: Bearer <key>`, or `x-api-key`, with a key that is neither revoked nor expired.',
  },
  forbidden: {
    number: 1003,
    status: 403,
    title: 'The key may not do this',
    advice: 'Use a key with the scope, organisation and sandbox that `detail` names, or leave the two headers out.',
  },
  'not-found': {
    number: 1004,
    status: 404,
    title: 'There is no such thing',
    advice: 'Check the path and the id; things of another sandbox are not found.',
  },
  'precondition-failed': {
    number: 1005,
    status: 412,
    title: 'It was changed in between',
    advice: 'Read it again, apply the change to what it is now, and send that with its new `ETag` in `If-Match`.',
  },
  'precondition-required': {
    number: 1006,
    status: 428,
    title: 'If-Match is missing',
    advice: 'Send the `ETag` of what you read as `If-Match`, so that no change is overwritten unseen.',
  },
  'too-large': {
    number: 1007,
    status: 413,
    title: 'The request is too large',
    advice:
      'A request may have 5 MB, the context of one recipient 200 kB. Split the call, or send a link instead of data.',
  },
  'unsupported-media-type': {
    number: 1008,
    status: 415,
    title: 'The body is not JSON',
    advice: 'Send JSON in UTF-8, uncompressed, with `Content-Type: application/json`.',
  },
  'platform-unsupported': {
    number: 1012,
    status: 422,
    title: 'This push platform is not supported',
    advice: 'Send a subscription of a browser, with `platform` `web` and the `PushSubscription` as JSON in `token`.',
  },
  'context-invalid': {
    number: 1021,
    status: 422,
    title: 'A context is not as the schema of the campaign says',
    advice:
      'Correct the field that `report.additionalContext.field` names. `contextSchema` of `GET /v1/campaigns/{id}` is the schema.',
  },
  'rate-limited': {
    number: 1013,
    status: 429,
    title: 'The key makes too many calls',
    advice: 'Repeat the request unchanged after `Retry-After` seconds; nothing of it was done.',
  },
  'method-not-allowed': {
    number: 1014,
    status: 405,
    title: 'Not with this method',
    advice: 'Use a method that `Allow` names, or check the path.',
  },
  'head-too-large': {
    number: 1015,
    status: 431,
    title: 'Path and headers are too large',
    advice: 'Path, query and headers may have 16 kB together.',
  },
  'request-timeout': {
    number: 1016,
    status: 408,
    title: 'The request did not arrive in time',
    advice: 'Send the headers within 15 seconds and the whole request within a minute, and repeat it.',
  },
  internal: {
    number: 1009,
    status: 500,
    title: 'An error of this server',
    advice: 'It is logged. Repeating the request with the same `requestId` is safe.',
  },
  unavailable: {
    number: 1010,
    status: 503,
    title: 'Not possible at the moment',
    advice:
      'Repeat the request unchanged after `Retry-After` seconds. With the same `requestId` nothing is sent twice.',
  },
  overloaded: {
    number: 1011,
    status: 503,
    title: 'Too much work is waiting',
    advice: 'Repeat the request unchanged after `Retry-After` seconds; nothing of it was accepted.',
  },
  'campaign-unknown': {
    number: 2001,
    status: 404,
    title: 'There is no such campaign',
    advice: 'Check `campaignId`, and that the key belongs to the sandbox of the campaign.',
  },
  'campaign-not-live': {
    number: 2002,
    status: 409,
    title: 'The campaign is not live',
    advice: 'Activate the campaign, or resume it, and repeat the call.',
  },
  'campaign-outside-dates': {
    number: 2003,
    status: 409,
    title: 'Outside the dates of the campaign',
    advice: 'Call between its start and its end, or change the dates.',
  },
  'request-id-reused': {
    number: 2004,
    status: 409,
    title: 'The requestId was used for another request',
    advice: 'Use a new `requestId` for a new message; repeat a request only with exactly the same body.',
  },
  'campaign-state': {
    number: 2005,
    status: 409,
    title: 'The state of the campaign does not allow this',
    advice:
      'A draft can be activated, a live campaign paused, a paused one resumed; both can be stopped, for good. What is not live can be archived.',
  },
  'campaign-invalid': {
    number: 2006,
    status: 422,
    title: 'The campaign cannot be activated',
    advice: 'Correct the errors that `GET /v1/campaigns/{id}/validation` lists.',
  },
  'profile-unknown': {
    number: 2007,
    status: 400,
    title: 'No profile has this identity',
    advice: 'Put the profile, switch `createProfiles` on, or call with `type: external`. Nobody was sent anything.',
  },
  'not-renderable': {
    number: 2021,
    status: 422,
    title: 'The content cannot be rendered with these values',
    advice: 'Correct what `detail` names; `POST /v1/campaigns/{id}/preview` with the same values shows more.',
  },
  'fixtures-full': {
    number: 2022,
    status: 409,
    title: 'The campaign has as many fixtures as it can have',
    advice: 'Delete one that is not needed any more.',
  },
  'campaign-type': {
    number: 2020,
    status: 409,
    title: 'Not for a campaign of this type',
    advice:
      'Use a campaign of the type `api-triggered`, whose recipients come with each call. A `scheduled` one is stored with its audience and its time; running it is not there yet.',
  },
  'not-approved': {
    number: 2030,
    status: 409,
    title: 'The version needs an approval',
    advice:
      'Hand it in with `POST /v1/campaigns/{id}/submit`, and have it approved with another key. A change of the version needs a new approval.',
  },
  'surface-unusable': {
    number: 2023,
    status: 422,
    title: 'The surface cannot be picked',
    advice: 'Name an active surface of the campaign’s channel; `GET /v1/surfaces` lists them. Nothing was changed.',
  },
  'backup-underway': {
    number: 3002,
    status: 409,
    title: 'A backup is being made',
    advice: 'Wait for it to end.',
  },
  'not-replayable': {
    number: 3010,
    status: 409,
    title: 'The message cannot be replayed',
    advice:
      'Only what ended as failed or dead is replayed, and only its newest round. Where the deadline is over, say a `timeToLive`.',
  },
  'may-double': {
    number: 3011,
    status: 409,
    title: 'The message may have been sent',
    advice: 'Nobody saw how a call of the provider ended. Send `acceptDoubling: true` if it may arrive twice.',
  },
  'record-gone': {
    number: 3012,
    status: 410,
    title: 'The record is no longer on the log',
    advice: 'What the call sent expired with the topic. Make the call again, with another `requestId`.',
  },
  'webhooks-full': {
    number: 3030,
    status: 409,
    title: 'The sandbox has as many webhooks as it can have',
    advice: 'Delete one that is not needed any more; one webhook can be told of several types and campaigns.',
  },
  'webhook-disabled': {
    number: 3031,
    status: 409,
    title: 'The webhook is disabled',
    advice: 'Enable it first, with `PUT /v1/webhooks/{id}`.',
  },
  'delivery-pending': {
    number: 3032,
    status: 409,
    title: 'The delivery is still being tried',
    advice: 'Wait for it to end; `nextAttemptAt` says when it is tried again.',
  },
  'identity-taken': {
    number: 3001,
    status: 409,
    title: 'The identity belongs to another profile',
    advice:
      'Nothing was changed. Leave out the identity that `report.additionalContext.field` names, or put to the profile that has it.',
  },
  'not-supported': {
    number: 4001,
    status: 501,
    title: 'Herald does not do this yet',
    advice: 'Nothing was done. docs/ajo-compatibility.md says what there is in its place.',
  },
  'signature-invalid': {
    number: 5001,
    status: 403,
    title: 'The signature does not match',
    advice:
      'Sign the request as it is sent, with the secret that is configured for this provider, and with a clock that is right within five minutes.',
  },
  'fragment-invalid': {
    number: 4002,
    status: 422,
    title: 'The fragment cannot be published',
    advice: 'Correct what `detail` names: its text has to be a template that can stand alone.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The URI that names a kind of problem: family, number and status, in the form of AJO's errors. */
export function problemType({ number, status }: Pick<ProblemKind, 'number' | 'status'>): string {
  return `https://ns.herald.dev/errors/HERALD-${String(number).padStart(6, '0')}-${status}`;
}

/** Every error of the HTTP API: `application/problem+json`, in the shape of AJO's execution errors. */
export const problemSchema = z
  .object({
    type: z.string().describe('`https://ns.herald.dev/errors/HERALD-<number>-<status>`; never changes its meaning.'),
    title: z.string().describe('What kind of problem it is, for people.'),
    status: z.number().int().describe('The status of the answer.'),
    detail: z.string().describe('What is wrong here, or what to do about it, for people.'),
    report: z.object({
      additionalContext: z
        .record(z.string(), z.string())
        .describe(
          '`code` names the kind of problem; `field`, `requestId` and `campaignId` where they say more; `retryAfter` (seconds) of one among many calls.',
        ),
    }),
  })
  .meta({ id: 'Problem', description: 'Every error has this form. docs/errors.md says what to do about each.' });
export type Problem = z.infer<typeof problemSchema>;
