import {
  CHANNEL_DATA_FIELDS,
  comparedIdentity,
  destinationOfCall,
  destinationOfIdentity,
  identityProblem,
  LIMITS,
  parsePushToken,
  type Channel,
  type Recipient,
  type UnitaryRequest,
} from '@herald/contracts';

export interface Invalid {
  readonly field: string;
  readonly message: string;
  readonly code: 'invalid-body' | 'too-large' | 'platform-unsupported' | 'profile-unknown' | 'context-invalid';
}

/** What the schema cannot say about a call: rules between fields. `bodyBytes` is the size of the whole request. */
export function validateRequest(request: UnitaryRequest, bodyBytes: number): Invalid | undefined {
  const seen = new Map<string, number>();
  for (const [index, recipient] of request.recipients.entries()) {
    const at = `recipients[${index}]`;
    const name = { namespace: recipient.namespace, value: recipient.userId };
    const identity = comparedIdentity(name).join('\n');
    const before = seen.get(identity);
    if (before !== undefined) {
      return invalid(
        `${at}.userId`,
        `is the same as recipients[${before}].userId; each userId must be unique in a call`,
      );
    }
    seen.set(identity, index);
    const wrong = identityProblem(name);
    if (wrong !== undefined) return invalid(`${at}.userId`, wrong);
    const problem = pushProblem(recipient, at) ?? attributesProblem(recipient, at, bodyBytes);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function pushProblem({ channelData }: Recipient, at: string): Invalid | undefined {
  const push = channelData?.pushInfo;
  if (push === undefined) return undefined;
  const field = `${at}.channelData.pushInfo`;
  if (push.platform !== 'web') {
    return {
      field: `${field}.platform`,
      message: 'must be web: other platforms are not supported',
      code: 'platform-unsupported',
    };
  }
  if (parsePushToken(push.token) !== undefined) return undefined;
  return invalid(`${field}.token`, 'must be a PushSubscription as JSON, with an https endpoint and both keys');
}

function attributesProblem(recipient: Recipient, at: string, bodyBytes: number): Invalid | undefined {
  if (recipient.context !== undefined && 'system' in recipient.context)
    return invalid(`${at}.context.system`, 'is reserved');
  // Neither can be larger than the request that carries it.
  if (bodyBytes <= LIMITS.contextBytes) return undefined;
  for (const name of ['context', 'profile'] as const) {
    const attributes = recipient[name];
    const bytes = attributes === undefined ? 0 : Buffer.byteLength(JSON.stringify(attributes));
    if (bytes <= LIMITS.contextBytes) continue;
    const message = `is ${bytes} bytes of JSON; the limit is ${LIMITS.contextBytes}`;
    return { field: `${at}.${name}`, message, code: 'too-large' };
  }
  return undefined;
}

/** A recipient without a profile has no address but those in the call. */
export function validateForChannel(request: UnitaryRequest, channel: Channel): Invalid | undefined {
  const index = request.recipients.findIndex(
    (recipient) =>
      recipient.type === 'external' &&
      destinationOfCall(channel, recipient) === undefined &&
      destinationOfIdentity(channel, { namespace: recipient.namespace, value: recipient.userId }) === undefined,
  );
  if (index === -1) return undefined;
  const field = `recipients[${index}].channelData.${CHANNEL_DATA_FIELDS[channel]}`;
  return invalid(field, 'is needed: without a profile there is no other address');
}

const invalid = (field: string, message: string): Invalid => ({ field, message, code: 'invalid-body' });
