import type { Outcome } from '../http/outcomes.ts';

/**
 * What each answer of a push service means (RFC 8030, 5 and 8; RFC 8292, 4.2). A mistake of the operator (the VAPID
 * keys) is not the message's fault: it is tried again. An answer that stands in no row is unknown.
 */
export const WEB_PUSH_OUTCOMES: readonly Outcome[] = [
  {
    kind: 'accepted',
    code: 'accepted',
    statuses: ['2xx'],
    meaning: 'The push service took the message; its `Location` is the provider’s message id.',
  },
  {
    kind: 'transient',
    code: 'auth-failed',
    statuses: [401, 403],
    meaning: 'The push service does not take the VAPID signature: the subscription was made with another key.',
  },
  {
    kind: 'transient',
    code: 'rate-limited',
    statuses: [429],
    meaning: 'More messages than the push service takes now.',
  },
  {
    kind: 'transient',
    code: 'server-error',
    statuses: [408, '5xx'],
    meaning: 'The push service could not do it now.',
  },
  {
    kind: 'permanent',
    code: 'subscription-gone',
    statuses: [404, 410],
    meaning: 'The subscription does not exist any more: it is taken off the profile.',
  },
  {
    kind: 'permanent',
    code: 'subscription-invalid',
    statuses: [],
    meaning: 'The keys of the subscription are none: nothing can be encrypted for it.',
  },
  {
    kind: 'permanent',
    code: 'too-large',
    statuses: [413],
    meaning: 'The content is larger than a push may be: 3,993 bytes of JSON.',
  },
  {
    kind: 'permanent',
    code: 'endpoint-refused',
    statuses: ['3xx'],
    meaning: 'The endpoint is not https, is not at a public address, or leads elsewhere, which is not followed.',
  },
  {
    kind: 'permanent',
    code: 'push-4xx',
    statuses: ['4xx'],
    meaning: 'The push service refused the message for good, for another reason.',
  },
];
