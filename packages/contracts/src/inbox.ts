import { z } from 'zod';
import { pushSubscriptionSchema } from './address.ts';
import { pageQuerySchema } from './paging.ts';
import { channelSchema } from './words.ts';

const common = {
  id: z.string(),
  receivedAt: z.iso.datetime(),
  envelope: z
    .object({ from: z.string(), to: z.array(z.string()) })
    .describe('Addresses, numbers, or the endpoint of a push and the subject of its VAPID signature.'),
  headers: z.array(z.object({ name: z.string(), value: z.string() })).describe('As they came, in their order.'),
};
const providerMessageId = z.string().describe('The id under which it was accepted: that of the message too.');

const receivedEmail = z
  .object({
    ...common,
    channel: z.literal('email'),
    messageId: z.string().describe('The `Message-ID` header without brackets.'),
    subject: z.string(),
    text: z.string(),
    html: z.string(),
  })
  .meta({ id: 'ReceivedEmail', description: 'An email as the local mail server received it.' });

const receivedSms = z
  .object({
    ...common,
    channel: z.literal('sms'),
    providerMessageId,
    text: z.string(),
    validityPeriod: z.number().int().optional().describe('For how many seconds it may wait to be delivered.'),
  })
  .meta({ id: 'ReceivedSms', description: "An SMS as the local double of Twilio's API received it." });

/** What a push carries, decrypted. */
export const pushPayloadSchema = z.object({
  messageId: z.string(),
  title: z.string(),
  body: z.string(),
  icon: z.string().optional(),
  image: z.string().optional(),
  link: z.string().optional(),
  actions: z.array(z.object({ action: z.string(), title: z.string(), link: z.string().optional() })).optional(),
  data: z.record(z.string(), z.string()).optional(),
});

const receivedPush = z
  .object({
    ...common,
    channel: z.literal('push'),
    ...pushPayloadSchema.shape,
    providerMessageId,
    ttl: z.number().int().describe('For how many seconds it may wait for its device.'),
    urgency: z.string(),
  })
  .meta({ id: 'ReceivedPush', description: 'A push as the local push service received it, decrypted.' });

export const receivedSchema = z
  .discriminatedUnion('channel', [receivedEmail, receivedSms, receivedPush])
  .meta({ id: 'Received', description: 'A message as a local server received it.' });
export type Received = z.infer<typeof receivedSchema>;
export type ReceivedOf<C extends Received['channel']> = Extract<Received, { channel: C }>;

export const inboxQuerySchema = pageQuerySchema.pick({ limit: true }).extend({
  channel: channelSchema.optional(),
  to: z.string().min(1).max(2_000).optional().describe('The whole address, as it stands in the envelope.'),
});
export type InboxQuery = z.output<typeof inboxQuerySchema>;

export const inboxSubscriptionSchema = z
  .object({
    subscription: pushSubscriptionSchema.describe('As `PushSubscription.toJSON()` gives it in a browser.'),
    pushInfo: z
      .object({ platform: z.literal('web'), token: z.string() })
      .describe('The same as `channelData.pushInfo` of a call takes it.'),
  })
  .meta({ id: 'InboxSubscription', description: 'A device whose pushes come to the inbox.' });
export type InboxSubscription = z.infer<typeof inboxSubscriptionSchema>;
