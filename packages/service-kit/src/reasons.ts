import type { FinalState } from '@herald/contracts';

export interface Reason {
  readonly reason: string;
  readonly state: FinalState;
  readonly meaning: string;
  /** What the caller or the operator can do about it. */
  readonly advice: string;
}

const reason = (state: FinalState, name: string, meaning: string, advice: string): Reason => ({
  reason: name,
  state,
  meaning,
  advice,
});

/** Why a message ended as it did: every reason that a final state can have. */
export const REASONS: readonly Reason[] = [
  reason('sent', 'accepted', 'The provider accepted the message.', 'Nothing.'),

  reason(
    'excluded',
    'unknown-profile',
    'No profile has this identity, and the campaign does not create any.',
    'Create the profile, switch `createProfiles` on, or call with `type: external`.',
  ),
  reason(
    'excluded',
    'no-address',
    'Neither the call nor the profile has a valid address for the channel.',
    'Pass the address in `channelData`, or complete the profile.',
  ),
  reason(
    'excluded',
    'no-consent',
    'The profile refuses marketing on this channel; `detail` names the attribute that says so.',
    'Nothing: it is their choice.',
  ),
  reason(
    'excluded',
    'opted-out',
    'The profile refuses all messages on this channel; `detail` names the attribute that says so.',
    'Nothing: it is their choice.',
  ),
  reason(
    'excluded',
    'suppressed',
    'The suppression list has the address; `detail` says by what: `address`, `domain`, `prefix` or `hash`.',
    'Take it off the list if its owner asks for that.',
  ),
  reason(
    'excluded',
    'erased',
    'The person was erased before it was sent, or before it was accepted and not put again since.',
    'Nothing. Put the profile again when the person comes back.',
  ),
  reason(
    'excluded',
    'missing-attribute',
    'The content prints a value that nobody gave, and the campaign says `onMissing: exclude`; `detail` names it.',
    'Pass the value, complete the profile, or give the content a default.',
  ),
  reason(
    'excluded',
    'recipient-cap',
    'The address, or its block of phone numbers, had as many messages in this hour as the installation allows.',
    'Find out who asks for so many; see `HERALD_SMS_CAP` and its neighbours.',
  ),
  reason(
    'excluded',
    'cancelled',
    'The call was cancelled before the message was sent.',
    'Call again, with another `requestId`, if it is to be sent after all.',
  ),
  reason(
    'excluded',
    'dry-run',
    'The call said `dryRun`: everything was done but calling the provider.',
    'Nothing. Call without `dryRun`, with another `requestId`, to send it.',
  ),
  reason(
    'excluded',
    'campaign-stopped',
    'The campaign was stopped before the message was sent.',
    'Send it with another campaign.',
  ),

  reason(
    'expired',
    'deadline',
    'The time to live of the campaign was over before the message could be sent.',
    'See in the time line what it waited for; call again if it still matters.',
  ),

  reason(
    'failed',
    'template-error',
    'The content could not be rendered with these values; `detail` names the part.',
    'Correct the content, activate it, call again.',
  ),
  reason('failed', 'output-too-large', 'The rendered content is too large.', 'Shorten the content or the values.'),
  reason('failed', 'too-many-iterations', 'The loops of the content ran too often.', 'Pass shorter lists.'),
  reason('failed', 'surface-missing', 'The surface of the campaign does not exist.', 'Give it one that does.'),
  reason(
    'failed',
    'smtp-5xx',
    'The mail server refused the message for good; `detail` has its reply code.',
    'Look the code up: most often the mailbox does not exist.',
  ),
  reason('failed', 'too-large', 'The message is larger than the provider takes.', 'Shorten the content or the values.'),
  reason('failed', 'invalid-address', 'The provider cannot be given this address.', 'Correct the address.'),
  reason(
    'failed',
    'not-mobile',
    "The recipient's number cannot receive messages: a landline, for example.",
    'Ask for another number.',
  ),
  reason('failed', 'unsubscribed', 'The recipient told the sender to stop.', 'Nothing: it is their choice.'),
  reason(
    'failed',
    'unreachable',
    "The account may not send to this number, or no route leads there; `detail` has Twilio's error code.",
    'Enable the region, verify the number in a trial account, or use another sender.',
  ),
  reason(
    'failed',
    'sender-refused',
    "The surface's sender is not one of the account's, or cannot send this message; `detail` has Twilio's error code.",
    'Correct the surface, or the account at the provider.',
  ),
  reason(
    'failed',
    'twilio-4xx',
    'Twilio refused the message for good; `detail` has the status and its error code.',
    'Look the code up: https://www.twilio.com/docs/api/errors.',
  ),
  reason(
    'failed',
    'subscription-gone',
    'The push subscription does not exist any more; it is taken off the profile.',
    'Nothing: the next message goes to another device, or the browser has to subscribe again.',
  ),
  reason(
    'failed',
    'subscription-invalid',
    'Nothing can be encrypted with the keys of the push subscription.',
    'Pass the subscription as the browser gives it.',
  ),
  reason(
    'failed',
    'endpoint-refused',
    'The endpoint of the push is none that Herald may call: not https, not a public address, or it leads elsewhere.',
    'Pass the subscription as the browser gives it; a push service of your own goes into `HERALD_ALLOWED_PRIVATE_HOSTS`.',
  ),
  reason(
    'failed',
    'push-4xx',
    'The push service refused the message for good; `detail` has its status.',
    'Look the status up in the documents of the push service.',
  ),
  reason(
    'failed',
    'outcome-unknown',
    'The provider may have accepted the message: its answer was not seen, and it may not be called twice.',
    'Ask the provider, or call again if a second message does no harm.',
  ),
  reason(
    'failed',
    'lost',
    'The message was long overdue and had no final state. An alarm tells of it too.',
    'It was not sent: call again, and look for the cause.',
  ),

  reason('dead', 'exhausted', 'Every attempt failed; `detail` has the last failure.', 'Repair what failed.'),
  reason(
    'dead',
    'unreadable',
    'A record on a topic is not what it should be; `detail` names the field.',
    'Look who else writes to the topics.',
  ),
  reason('dead', 'too-large', 'With profile and content it grew over 1 MB.', 'Shorten the content or the values.'),
  reason(
    'dead',
    'campaign-missing',
    'The version of the campaign that it was accepted for is not in the store.',
    'Check what was restored or deleted.',
  ),
  reason('dead', 'internal-error', 'A bug of Herald.', 'Report it, with the log line of the message id.'),
];
