import { z } from 'zod';
import { addressSchemaOf, comparedAddress, deliveryAddressSchema, parsePushToken } from './address.ts';
import { shownAs } from './shown-as.ts';
import { channelSchema, type Channel } from './words.ts';

/**
 * What an entry of the suppression list covers: one address; every address of an email domain (`@example.com`, not of
 * its subdomains); every phone number that begins alike (`+4520*`); or one address of which only a hash is known
 * (`hash:…`), since its owner was erased, or since a provider told of it by the message.
 */
export type SuppressionKind = 'address' | 'domain' | 'prefix' | 'hash';

const DOMAIN = /^@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const PREFIX = /^\+[1-9]\d{0,13}\*$/;
const HASH = /^hash:[\w-]{22}$/;

/** The entry that stands for an address that is not kept: `hash` is its HMAC. */
export const hashedEntry = (hash: string): string => `hash:${hash}`;

/** An entry in the form in which entries are compared: as addresses are, but for hashes, which are what they are. */
export const comparedEntry = (channel: Channel, entry: string): string =>
  HASH.test(entry.trim()) ? entry.trim() : comparedAddress(channel, entry);

/** What kind of entry a text is on a channel. */
export function suppressionKindOf(channel: Channel, entry: string): SuppressionKind {
  if (HASH.test(entry)) return 'hash';
  if (channel === 'email' && entry.startsWith('@')) return 'domain';
  return channel === 'sms' && entry.endsWith('*') ? 'prefix' : 'address';
}

/**
 * Every entry that would keep an address from being sent to, in the form in which entries are compared. `hash` is the
 * address's HMAC, where it is known.
 */
export function entriesAgainst(channel: Channel, address: string, hash?: string): string[] {
  const spelled = comparedAddress(channel, address);
  const entries = [spelled];
  const at = channel === 'email' ? spelled.lastIndexOf('@') : -1;
  if (at !== -1) entries.push(spelled.slice(at));
  if (channel === 'sms')
    for (let length = 2; length < spelled.length; length += 1) entries.push(`${spelled.slice(0, length)}*`);
  if (hash !== undefined) entries.push(hashedEntry(hash));
  return entries;
}

/** The entry that a caller names, as it is listed; or what is wrong with it. */
export function readSuppressed(
  channel: Channel,
  text: string,
): { readonly ok: true; readonly entry: string } | { readonly ok: false; readonly message: string } {
  const entry = channel === 'push' ? (parsePushToken(text)?.endpoint ?? text.trim()) : text.trim();
  const known =
    HASH.test(entry) || (channel === 'email' && DOMAIN.test(entry)) || (channel === 'sms' && PREFIX.test(entry));
  if (known) return { ok: true, entry };
  const parsed = addressSchemaOf(channel).safeParse(entry);
  return parsed.success ? { ok: true, entry } : { ok: false, message: WANTED[channel] };
}

const WANTED: Record<Channel, string> = {
  email: 'must be an email address (ada@example.com) or a domain (@example.com)',
  sms: 'must be a phone number in E.164 (+4520123456) or the beginning of numbers (+4520*)',
  push: 'must be the https endpoint of a push subscription, or the subscription itself as JSON',
};

const addressField = z
  .string()
  .trim()
  .pipe(deliveryAddressSchema)
  .register(shownAs, { type: 'string', minLength: 1, maxLength: 2_000 })
  .describe(
    'On `email` an address, or a domain as `@example.com` (its subdomains are others); on `sms` a number in E.164, or the beginning of numbers as `+4520*`; on `push` the endpoint of a subscription, or the subscription as JSON. Compared trimmed, and on `email` in lower case.',
  );

/** The entry that a path names. */
export const suppressionParamsSchema = z.strictObject({ channel: channelSchema, address: addressField });

const reasonField = z
  .string()
  .min(1)
  .max(200)
  .describe(
    'Why, for example `manual`, `hard-bounce`, `complaint` or `unsubscribed`. It is shown in listings: no personal data.',
  );

/** `POST /v1/suppressions`. */
export const suppressionInputSchema = suppressionParamsSchema
  .extend({ reason: reasonField.default('manual') })
  .meta({ id: 'SuppressionInput' });

/** One line of `POST /v1/suppressions/import`: what an export has, too. */
export const suppressionLineSchema = suppressionInputSchema
  .extend({
    createdAt: z.iso.datetime({ offset: true }).optional().describe('Absent: now.'),
    kind: z.string().optional().describe('Taken, and not used: it follows from `address`.'),
    source: z.string().optional().describe('Taken, and not used: whoever imports it is its source.'),
  })
  .meta({
    id: 'SuppressionLine',
    examples: [
      { channel: 'email', address: 'ada@example.com', reason: 'complaint' },
      { channel: 'email', address: '@spam.example' },
    ],
  });

/** What puts an address on the list without being asked: feedback. */
export const suppressionSourceSchema = z.enum(['bounce', 'complaint']);
export type SuppressionSource = z.infer<typeof suppressionSourceSchema>;

/** What identifies an entry. */
export const suppressedSchema = z
  .object({ channel: channelSchema, address: z.string() })
  .meta({ id: 'Suppressed', description: 'It is on the list; the first entry of an address is kept.' });

export const suppressionSchema = suppressedSchema
  .extend({
    kind: z
      .enum(['address', 'domain', 'prefix', 'hash'])
      .describe(
        'What `address` covers. `hash`: one address that only its hash is known of: its owner was erased, or it bounced.',
      ),
    reason: z.string(),
    source: suppressionSourceSchema.optional().describe('What put it there by itself. Absent: somebody did.'),
    createdAt: z.iso.datetime({ offset: true }),
  })
  .meta({ id: 'Suppression' });
