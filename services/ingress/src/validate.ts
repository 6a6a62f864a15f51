import { emailAddressSchema, LIMITS, type UnitaryRequest } from '@herald/contracts';

export interface Invalid {
  readonly field: string;
  readonly message: string;
  readonly code: 'invalid-body' | 'too-large';
}

/** What the schema cannot say about a call: rules between fields. `bodyBytes` is the size of the whole request. */
export function validateRequest(request: UnitaryRequest, bodyBytes: number): Invalid | undefined {
  const seen = new Map<string, number>();
  for (const [index, recipient] of request.recipients.entries()) {
    const at = `recipients[${index}]`;
    const isEmail = recipient.namespace.toLowerCase() === 'email';
    const identity = `${recipient.namespace.toLowerCase()}\n${isEmail ? recipient.userId.trim().toLowerCase() : recipient.userId.trim()}`;
    const before = seen.get(identity);
    if (before !== undefined) {
      return invalid(
        `${at}.userId`,
        `is the same as recipients[${before}].userId; each userId must be unique in a call`,
      );
    }
    seen.set(identity, index);
    const isAddress = emailAddressSchema.safeParse(recipient.userId).success;
    if (isEmail && !isAddress) return invalid(`${at}.userId`, 'must be an email address in the namespace email');
    if (recipient.type === 'external' && !recipient.channelData?.emailAddress && !isAddress) {
      return invalid(`${at}.channelData.emailAddress`, 'is needed: without a profile there is no other address');
    }
    if (recipient.context && 'system' in recipient.context) {
      return invalid(`${at}.context.system`, 'is reserved');
    }
    // A context cannot be larger than the request that carries it.
    if (bodyBytes > LIMITS.contextBytes && recipient.context) {
      const bytes = Buffer.byteLength(JSON.stringify(recipient.context));
      if (bytes > LIMITS.contextBytes) {
        const message = `is ${bytes} bytes of JSON; the limit is ${LIMITS.contextBytes}`;
        return { field: `${at}.context`, message, code: 'too-large' };
      }
    }
  }
  return undefined;
}

const invalid = (field: string, message: string): Invalid => ({ field, message, code: 'invalid-body' });
