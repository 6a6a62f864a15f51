import { readFileSync } from 'node:fs';
import type { PrivateHost } from '@herald/channels';
import { z } from 'zod';

/** Settings come as text; each of these reads one kind of it and says in one sentence what it must be. */
function parsed<T>(mustBe: string, read: (text: string) => T | undefined): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    const value = read(text.trim());
    if (value === undefined) {
      context.addIssue({ code: 'custom', message: `must be ${mustBe}` });
      return z.NEVER;
    }
    return value;
  });
}

const whole = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);

/** A whole number between two bounds; `scale` turns the written unit into the one that the code uses. */
export const integer = (min: number, max: number, scale = 1): z.ZodType<number, string> =>
  parsed(`a whole number from ${min} to ${max}`, (text) => {
    const value = whole(text);
    return value >= min && value <= max ? value * scale : undefined;
  });

const listOf = (
  mustBe: string,
  fits: (value: number, before: number) => boolean,
): z.ZodType<readonly number[], string> =>
  parsed(`a comma-separated list of milliseconds, ${mustBe}`, (text) => {
    const values = text.split(',').map((part) => whole(part.trim()));
    return values.every((value, index) => fits(value, values[index - 1] ?? 0)) ? values : undefined;
  });

/** Milliseconds, at least one, each larger than the one before. */
export const ascending = (): z.ZodType<readonly number[], string> =>
  listOf('each larger than the one before', (value, before) => value > before);

/** Milliseconds, at least one each, in any order. */
export const delays = (): z.ZodType<readonly number[], string> => listOf('each at least 1', (value) => value >= 1);

export const oneOf = <const T extends string>(words: readonly T[]): z.ZodType<T, string> =>
  parsed(`one of ${words.join(', ')}`, (text) => words.find((word) => word === text));

export const someOf = <const T extends string>(words: readonly T[]): z.ZodType<readonly T[], string> =>
  parsed(`"all" or a comma-separated list of ${words.join(', ')}`, (text) => {
    if (text === 'all') return words;
    const asked = text.split(',').map((part) => part.trim());
    return asked.every((one) => words.some((word) => word === one))
      ? words.filter((word) => asked.includes(word))
      : undefined;
  });

/** Names, separated by commas. */
export const namesOf = (what: string): z.ZodType<readonly string[], string> =>
  parsed(`a comma-separated list of ${what}`, (text) => {
    const names = text.split(',').map((part) => part.trim());
    return names.includes('') ? undefined : names;
  });

/** Text of at least `min` characters. Not trimmed and never shown: it may be a secret. */
export const secret = (min: number): z.ZodType<string, string> =>
  z.string().refine((text) => text.length >= min && !/\s/.test(text), {
    error: `must be at least ${min} characters without blanks`,
  });

export const text = (): z.ZodType<string, string> => parsed('text', (value) => (value === '' ? undefined : value));

/** A URL of one of these protocols, without the slash at its end. */
export const url = (protocols: readonly string[]): z.ZodType<string, string> =>
  parsed(`a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`, (value) => {
    if (!URL.canParse(value)) return undefined;
    const { protocol, hostname } = new URL(value);
    return protocols.includes(protocol) && hostname !== '' ? value.replace(/\/+$/, '') : undefined;
  });

/** Text of a certain form. */
export const matching = (form: RegExp, mustBe: string): z.ZodType<string, string> =>
  parsed(mustBe, (value) => (form.test(value) ? value : undefined));

/** Hosts as they stand in URLs, with or without a port. */
export const hosts = (): z.ZodType<readonly PrivateHost[], string> =>
  parsed('a comma-separated list of hosts, each with a port or without', (value) => {
    const names = value.split(',').map((part) => part.trim().toLowerCase());
    return names.every(isHost) ? names.map((host) => ({ host })) : undefined;
  });

/** What a URL makes of it is the same again: no path, no user, no other notation of an address. */
function isHost(text: string): boolean {
  const url = URL.canParse(`https://${text}`) ? new URL(`https://${text}`) : undefined;
  return url !== undefined && (url.host === text || `${url.hostname}:443` === text);
}

const MARKS = { certificates: 'CERTIFICATE', 'a private key': 'PRIVATE KEY' } as const;

/** A file in PEM; the value is its content. */
export const pem = (what: keyof typeof MARKS): z.ZodType<string, string> =>
  parsed(`a readable file with ${what} in PEM`, (file) => {
    try {
      const content = readFileSync(file, 'utf8');
      return new RegExp(`-----BEGIN [A-Z ]*${MARKS[what]}-----`).test(content) ? content : undefined;
    } catch {
      return undefined;
    }
  });

/** Secrets of Standard Webhooks, each with the name that it is for; a name may have several. */
export const signingSecrets = (): z.ZodType<readonly { readonly name: string; readonly key: Buffer }[], string> =>
  parsed('a comma-separated list of name:whsec_… with 24 to 64 bytes in base64 each', (value) => {
    const found = value.split(',').map((part) => /^\s*([\w.-]{1,60}):whsec_([A-Za-z0-9+/]+=*)\s*$/.exec(part));
    const secrets = found.map((one) => ({ name: one?.[1] ?? '', key: Buffer.from(one?.[2] ?? '', 'base64') }));
    return secrets.every(({ key }) => key.length >= 24 && key.length <= 64) ? secrets : undefined;
  });

/** Where brokers are. */
export const brokers = (): z.ZodType<readonly string[], string> =>
  parsed('a comma-separated list of host:port', (value) => {
    const addresses = value.split(',').map((part) => part.trim());
    return addresses.every((one) => /^(?:[^\s:,/]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/.test(one)) ? addresses : undefined;
  });

export const yesOrNo = (): z.ZodType<boolean, string> =>
  parsed('true or false', (value) => ({ true: true, false: false })[value]);
