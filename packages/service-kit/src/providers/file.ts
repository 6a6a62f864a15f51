import { readFileSync } from 'node:fs';
import { parseSmtpUrl } from '@herald/channels/smtp-url';
import { CHANNEL_OF_KIND, providerNameSchema } from '@herald/contracts';
import { z } from 'zod';
import { parseWith } from '../parse.ts';
import { vapidPublicKeyOf } from '../vapid-keys.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Never the secret itself: it would be in every copy of the file. */
const secretSchema = z.union(
  [z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })],
  { error: 'must be {"env": "NAME"} or {"file": "/path"}: a secret is named, not written down' },
);
type SecretReference = z.infer<typeof secretSchema>;

const common = z.strictObject({
  name: providerNameSchema.refine((name) => !(name in CHANNEL_OF_KIND), {
    error: 'must be another name: this one belongs to the provider of the settings HERALD_…',
  }),
  /** Messages per second, over all workers. */
  rate: z.number().min(0.01).max(100_000).optional(),
  /** Connections at once, over all workers. */
  connections: z.number().int().min(1).max(100_000).optional(),
  /** Connections per process and lane. */
  connectionsPerLane: z.number().int().min(1).max(1_000).optional(),
});
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' });

const fileSchema = z.strictObject({
  providers: z
    .array(
      z.discriminatedUnion('kind', [
        common.extend({
          kind: z.literal('smtp'),
          url: z.string().refine(isSmtpUrl, {
            error: 'must be a URL such as smtp://mail.example.com:587, with user and password beside it and not in it',
          }),
          user: z.string().min(1).optional(),
          password: secretSchema.optional(),
        }),
        common.extend({
          kind: z.literal('twilio'),
          accountSid: z.string().regex(/^AC[0-9a-fA-F]{32}$/, 'must be "AC" and 32 hexadecimal digits'),
          authToken: secretSchema,
          url: httpUrl.optional(),
        }),
        common.extend({
          kind: z.literal('web-push'),
          privateKey: secretSchema,
          subject: z
            .string()
            .regex(
              /^(?:mailto:[^@\s]+@[^@\s]+|https:\/\/[^\s/]+\S*)$/,
              'must be an address in mailto: or a URL in https:',
            ),
        }),
      ]),
    )
    .max(50),
});
type Entry = z.infer<typeof fileSchema>['providers'][number];

/** A further provider, with its secrets. */
export type FileProvider = Pick<Entry, 'name' | 'rate' | 'connections' | 'connectionsPerLane'> &
  (
    | { readonly kind: 'smtp'; readonly url: string }
    | { readonly kind: 'twilio'; readonly accountSid: string; readonly authToken: string; readonly url?: string }
    | { readonly kind: 'web-push'; readonly publicKey: string; readonly privateKey: string; readonly subject: string }
  );

/** Reads the providers of a file. What is wrong is said with the field's name and without its value. */
export function readProviders(
  path: string,
  env: Environment,
): { readonly ok: true; readonly providers: FileProvider[] } | { readonly ok: false; readonly message: string } {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return wrong(error instanceof SyntaxError ? 'must name a file with JSON in it' : 'must name a readable file');
  }
  const parsed = parseWith(fileSchema, json);
  if (!parsed.ok) return wrong(`has a mistake: ${parsed.field} ${parsed.message}`);
  const providers: FileProvider[] = [];
  for (const [index, entry] of parsed.value.providers.entries()) {
    const field = `providers[${index}]`;
    if (providers.some(({ name }) => name === entry.name)) return wrong(`has a mistake: ${field}.name is there twice`);
    const read = withSecrets(entry, env);
    if ('problem' in read) return wrong(`has a mistake: ${field}.${read.problem}`);
    providers.push(read);
  }
  return { ok: true, providers };
}

function withSecrets(entry: Entry, env: Environment): FileProvider | { readonly problem: string } {
  switch (entry.kind) {
    case 'smtp': {
      const { user, password, ...rest } = entry;
      if ((user === undefined) !== (password === undefined)) {
        return { problem: `${user === undefined ? 'user' : 'password'} is required beside the other` };
      }
      if (user === undefined || password === undefined) return rest;
      const secret = secretOf(password, env);
      if (secret === undefined) return missing('password', password);
      const url = new URL(entry.url);
      url.username = encodeURIComponent(user);
      url.password = encodeURIComponent(secret);
      return { ...rest, url: url.href };
    }
    case 'twilio': {
      const { authToken, url, ...rest } = entry;
      const secret = secretOf(authToken, env);
      return secret === undefined
        ? missing('authToken', authToken)
        : { ...rest, authToken: secret, ...(url === undefined ? {} : { url }) };
    }
    case 'web-push': {
      const secret = secretOf(entry.privateKey, env);
      if (secret === undefined) return missing('privateKey', entry.privateKey);
      const publicKey = vapidPublicKeyOf(secret);
      if (publicKey === undefined) return { problem: 'privateKey must be 32 bytes in base64url' };
      return { ...entry, privateKey: secret, publicKey };
    }
  }
}

function secretOf(reference: SecretReference, env: Environment): string | undefined {
  if ('env' in reference) return env[reference.env] || undefined;
  try {
    return readFileSync(reference.file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

const missing = (field: string, reference: SecretReference): { readonly problem: string } => ({
  problem: `${field} must name ${'env' in reference ? `a variable that is set, and ${reference.env} is not` : 'a readable file with something in it'}`,
});
const wrong = (message: string): { readonly ok: false; readonly message: string } => ({ ok: false, message });

function isSmtpUrl(text: string): boolean {
  try {
    return parseSmtpUrl(text).auth === undefined;
  } catch {
    return false;
  }
}
