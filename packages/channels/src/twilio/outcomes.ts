import type { Outcome } from '../http/outcomes.ts';

/**
 * What each answer of Twilio's Messages API means (https://www.twilio.com/docs/api/errors). A mistake of the operator
 * (credentials, account) is not the message's fault: it is tried again. An answer that stands in no row is unknown.
 */
export const TWILIO_OUTCOMES: readonly Outcome[] = [
  {
    kind: 'accepted',
    code: 'accepted',
    statuses: ['2xx'],
    meaning: 'Twilio queued the message; its SID is the provider’s message id.',
  },
  {
    kind: 'transient',
    code: 'auth-failed',
    statuses: [401, 403],
    errors: [20003, 20005, 20006, 20404],
    meaning: 'Twilio does not know the configured account, or does not take its credentials.',
  },
  {
    kind: 'transient',
    code: 'rate-limited',
    statuses: [429],
    errors: [14107, 20429, 21611],
    meaning: 'More messages than the account, or the sender’s queue, takes now.',
  },
  {
    kind: 'transient',
    code: 'server-error',
    statuses: [408, '5xx'],
    errors: [20500],
    meaning: 'Twilio could not do it now.',
  },
  {
    kind: 'transient',
    code: 'redirected',
    statuses: ['3xx'],
    meaning: 'The configured address is not that of the API: redirects are not followed.',
  },
  {
    kind: 'permanent',
    code: 'invalid-address',
    statuses: [],
    errors: [21211, 21217, 21265, 21604],
    meaning: 'The recipient’s number is none that Twilio knows.',
  },
  {
    kind: 'permanent',
    code: 'not-mobile',
    statuses: [],
    errors: [21614, 21635],
    meaning: 'The recipient’s number cannot receive messages.',
  },
  {
    kind: 'permanent',
    code: 'unsubscribed',
    statuses: [],
    errors: [21610],
    meaning: 'The recipient told the sender to stop.',
  },
  {
    kind: 'permanent',
    code: 'unreachable',
    statuses: [],
    errors: [21408, 21608, 21612],
    meaning:
      'The account may not, or cannot, send to this number: its region is not enabled, no route leads there from the sender, or a trial account has not verified it.',
  },
  {
    kind: 'permanent',
    code: 'sender-refused',
    statuses: [],
    errors: [21212, 21266, 21401, 21601, 21603, 21606, 21607, 21659, 21660, 21661, 21701, 21703, 21704, 21705],
    meaning: 'The surface’s sender is not one of the account’s, or cannot send this message.',
  },
  {
    kind: 'permanent',
    code: 'too-large',
    statuses: [413],
    errors: [21617, 21658],
    meaning: 'The text is longer than Twilio takes.',
  },
  {
    kind: 'permanent',
    code: 'twilio-4xx',
    statuses: ['4xx'],
    meaning: 'Twilio refused the message for good, for another reason.',
  },
];
