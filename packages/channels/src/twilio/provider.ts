import { addressSchemaOf } from '@herald/contracts';
import { createCalls } from '../http/calls.ts';
import { failureOf, lostReply } from '../http/outcomes.ts';
import { createPool } from '../http/pool.ts';
import type { Outgoing, Provider, Reply } from '../port.ts';
import { createTwilioClient, errorCodeOf, TwilioFailure } from './client.ts';
import { TWILIO_OUTCOMES } from './outcomes.ts';

export interface TwilioProviderOptions {
  /** The name that surfaces use. */
  readonly name: string;
  /** `AC` and 32 hexadecimal digits. */
  readonly accountSid: string;
  readonly authToken: string;
  /** Where the API is, with a path before its own where there is one; `https://api.twilio.com` unless told. */
  readonly url?: string | undefined;
  /** How many messages can be under way at once; 20 unless told. */
  readonly connections?: number | undefined;
  /** Milliseconds in which a call is answered, the wait for a connection included; 20,000 unless told. */
  readonly timeoutMs?: number | undefined;
  /** Where Twilio is to say what becomes of a message; absent: nowhere. */
  readonly statusCallback?: ((messageId: string) => string) | undefined;
  /** In place of the system's: the certificates, in PEM, that the server at `url` may show. */
  readonly ca?: string | undefined;
}

const isPhoneNumber = (address: string): boolean => addressSchemaOf('sms').safeParse(address).success;

/** An account at Twilio. Connections are opened by the first messages. Throws a `TypeError` when the URL is wrong. */
export function createTwilioProvider(given: TwilioProviderOptions): Provider<'sms'> {
  const { name, accountSid, authToken, connections = 20, timeoutMs = 20_000, ca } = given;
  const url = new URL(given.url ?? 'https://api.twilio.com');
  const calls = createCalls({ connections, timeoutMs });
  const pool = createPool(url.origin, { connections, timeoutMs, ...(ca === undefined ? {} : { connect: { ca } }) });
  const callback = (messageId: string) =>
    given.statusCallback === undefined ? {} : { statusCallback: given.statusCallback(messageId) };
  let closing: Promise<void> | undefined;
  const { messages } = createTwilioClient({ accountSid, authToken, url }, calls, pool);

  return {
    name,
    capacity: connections,
    async send(outgoing) {
      if (!isPhoneNumber(outgoing.address)) return { kind: 'permanent', code: 'invalid-address' };
      try {
        const { sid } = await messages.create({ ...messageOf(outgoing), ...callback(outgoing.messageId) });
        return { kind: 'accepted', providerMessageId: isSid(sid) ? sid : outgoing.messageId };
      } catch (error) {
        if (!(error instanceof TwilioFailure)) throw error;
        return replyOf(error, outgoing);
      }
    },
    close() {
      calls.close();
      closing ??= pool.close();
      return closing;
    },
  };
}

/** Twilio keeps a message in its queue for no longer than this, and takes no other number. */
const MAX_VALIDITY_S = 36_000;

function messageOf({ address, content, surface, now, deadline }: Outgoing<'sms'>) {
  const { from } = surface.sender;
  const validity = Math.max(1, Math.floor((deadline - now) / 1_000));
  return {
    to: address,
    body: content.text,
    ...(from.startsWith('MG') && from.length === 34 ? { messagingServiceSid: from } : { from }),
    // A late message is worse than none, on the way from Twilio to the carrier too.
    ...(validity < MAX_VALIDITY_S ? { validityPeriod: validity } : {}),
  };
}

const isSid = (sid: unknown): sid is string => typeof sid === 'string' && /^[A-Z]{2}[0-9a-f]{32}$/.test(sid);

function replyOf({ result }: TwilioFailure, { messageId, now }: Outgoing<'sms'>): Reply {
  if (result.kind === 'lost') return lostReply(result);
  return (
    failureOf(TWILIO_OUTCOMES, result, now, errorCodeOf(result)) ?? { kind: 'accepted', providerMessageId: messageId }
  );
}
