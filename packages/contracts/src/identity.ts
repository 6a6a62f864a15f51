import { comparedAddress, emailAddressSchema, phoneNumberSchema } from './address.ts';
import type { Channel } from './words.ts';
import type { z } from 'zod';

/** Who somebody is, in one way of naming people. */
export interface IdentityName {
  readonly namespace: string;
  readonly value: string;
}

/** The namespace that a campaign of a channel uses unless told otherwise. */
export const DEFAULT_NAMESPACES: Record<Channel, string> = { email: 'email', sms: 'phone', push: 'ecid' };

/**
 * Namespace and value in the form in which identities are compared: trimmed, the namespace in lower case, and email
 * addresses in lower case too. Two spellings are one identity wherever Herald looks.
 */
export function comparedIdentity({ namespace, value }: IdentityName): [namespace: string, value: string] {
  const name = namespace.trim().toLowerCase();
  return [name, comparedAddress(name === 'email' ? 'email' : undefined, value)];
}

/** The channel whose addresses are the identities of a namespace; undefined for names that are no address. */
export function channelOfNamespace(namespace: string): Exclude<Channel, 'push'> | undefined {
  const name = namespace.trim().toLowerCase();
  return name === 'email' ? 'email' : name === 'phone' ? 'sms' : undefined;
}

const SCHEMAS: Record<Exclude<Channel, 'push'>, z.ZodType<string>> = {
  email: emailAddressSchema,
  sms: phoneNumberSchema,
};
const WANTED = { email: 'an email address', sms: 'a phone number in E.164' };

/** What is wrong with an identity whose namespace says what its values are; undefined when nothing is. */
export function identityProblem({ namespace, value }: IdentityName): string | undefined {
  const channel = channelOfNamespace(namespace);
  if (channel === undefined || SCHEMAS[channel].safeParse(value.trim()).success) return undefined;
  return `must be ${WANTED[channel]} in the namespace ${namespace.toLowerCase()}`;
}
