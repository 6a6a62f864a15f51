import type { FeedbackKind } from '@herald/contracts';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { z } from 'zod';
import type { BounceRule } from './bounces.ts';
import type { Report } from './report.ts';

/** Why Twilio could not deliver a message that it took (https://www.twilio.com/docs/api/errors). */
export const TWILIO_BOUNCES: readonly BounceRule[] = [
  {
    reason: 'number-unknown',
    bounce: 'hard',
    codes: ['30005', '21211', '21217'],
    meaning: 'The number is nobody’s, or nobody’s any more.',
  },
  {
    reason: 'not-mobile',
    bounce: 'hard',
    codes: ['30006', '21614', '21635'],
    meaning: 'The number cannot receive messages: a landline, or a carrier that cannot be reached.',
  },
  { reason: 'unsubscribed', bounce: 'hard', codes: ['21610'], meaning: 'The recipient told the sender to stop.' },
  {
    reason: 'unreachable',
    bounce: 'soft',
    codes: ['30003', '30009', '30017', '30410'],
    meaning: 'The device is off or has no coverage, or the carrier did not answer.',
  },
  {
    reason: 'expired',
    bounce: 'soft',
    codes: ['30036'],
    meaning: 'It was in the queue for longer than the message may live.',
  },
  {
    reason: 'message-refused',
    bounce: 'blocked',
    codes: ['30004', '30007', '30032', '30034', '30035', '30038', '30039', '30044', '30453', '30454'],
    meaning: 'A carrier refused it for what it is or where it comes from, or the number is blocked for this sender.',
  },
  {
    reason: 'sender-refused',
    bounce: 'blocked',
    codes: ['30001', '30002', '30010', '30022', '30023', '30024', '21606', '21612', '21408'],
    meaning: 'The account or its sender may not send this now: its queue, its limits, its registration.',
  },
  { reason: 'unclassified', bounce: 'soft', codes: ['30008', '*'], meaning: 'Twilio does not say why.' },
];

/** Where Twilio says what becomes of a message. */
export const twilioCallback =
  (publicUrl: string) =>
  (messageId: string): string =>
    `${publicUrl}/feedback/sms/twilio?message=${encodeURIComponent(messageId)}`;

/** Whether the holder of the account's token sent this form to this URL, compared in constant time. */
export const isSignedByTwilio = (
  authToken: string,
  signature: string,
  url: string,
  form: Readonly<Record<string, string>>,
): boolean => validateRequest(authToken, signature, url, { ...form });

const callbackSchema = z.object({
  MessageStatus: z.string().max(40),
  ErrorCode: z
    .string()
    .regex(/^\d{1,6}$/)
    .optional()
    .catch(undefined),
});

const KINDS: Readonly<Record<string, FeedbackKind>> = {
  delivered: 'delivered',
  read: 'delivered',
  undelivered: 'bounced',
  failed: 'bounced',
};

/** What a status callback says; undefined: that the message is on its way, or nothing that is understood. */
export function readTwilioStatus(form: Readonly<Record<string, string>>): Report | undefined {
  const parsed = callbackSchema.safeParse(form);
  const kind = parsed.success ? KINDS[parsed.data.MessageStatus] : undefined;
  if (!parsed.success || kind === undefined) return undefined;
  if (kind === 'delivered') return { kind };
  const { ErrorCode: code } = parsed.data;
  const rule = TWILIO_BOUNCES.find(({ codes }) => codes.some((one) => one === code || one === '*'));
  const { reason, bounce } = rule ?? { reason: 'unclassified', bounce: 'soft' as const };
  return { kind, reason, bounce, ...(code === undefined ? {} : { detail: code }) };
}
