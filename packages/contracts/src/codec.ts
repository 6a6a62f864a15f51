import { messageHeadersSchema, type MessageMeta } from './envelope.ts';
import { EVENTS, type EventBody, type EventType } from './events.ts';

/** A record as it lies on a topic; header values are strings. */
export interface EncodedRecord {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
}

/** A message's record, ready to publish. `extra` headers: not-before, rung, origin-topic. */
export function encodeMessage<T extends EventType>(
  type: T,
  meta: MessageMeta,
  body: EventBody<T>,
  extra: Readonly<Record<string, string>> = {},
): EncodedRecord {
  const headers: Record<string, string> = {
    type,
    'message-id': meta.messageId,
    round: String(meta.round),
    attempt: String(meta.attempt),
    deadline: String(meta.deadline),
    org: meta.org,
    sandbox: meta.sandbox,
    ...(meta.freeAttempts === undefined ? {} : { 'free-attempts': String(meta.freeAttempts) }),
    ...(meta.keepsProvider === undefined ? {} : { 'keeps-provider': meta.keepsProvider }),
    ...(meta.leftProvider === undefined ? {} : { 'left-provider': meta.leftProvider }),
    ...extra,
  };
  return { key: meta.key, headers, value: Buffer.from(JSON.stringify(body)) };
}

export type Decoded<T extends EventType> =
  | { readonly kind: 'message'; readonly meta: MessageMeta; readonly body: EventBody<T>; readonly notBefore?: number }
  /** A later version than this reader knows: a newer release is running beside it. */
  | { readonly kind: 'newer'; readonly meta: MessageMeta }
  /** Not a message of this type. `detail` names the field, never its value. */
  | { readonly kind: 'unreadable'; readonly detail: string; readonly meta?: MessageMeta };

/** Reads a record that is expected to be of `type`. It never throws. */
export function decodeMessage<T extends EventType>(type: T, record: EncodedRecord): Decoded<T> {
  const parsed = messageHeadersSchema.safeParse(record.headers);
  if (!parsed.success) return { kind: 'unreadable', detail: `header ${firstField(parsed.error)}` };
  const headers = parsed.data;
  const freeAttempts = headers['free-attempts'] ?? 0;
  const { 'keeps-provider': keepsProvider, 'left-provider': leftProvider } = headers;
  const meta: MessageMeta = {
    messageId: headers['message-id'],
    round: headers.round,
    attempt: headers.attempt,
    deadline: headers.deadline,
    org: headers.org,
    sandbox: headers.sandbox,
    key: record.key,
    rung: headers.rung ?? 0,
    ...(freeAttempts === 0 ? {} : { freeAttempts }),
    ...(keepsProvider === undefined || keepsProvider === '' ? {} : { keepsProvider }),
    ...(leftProvider === undefined || leftProvider === '' ? {} : { leftProvider }),
  };
  if (headers.type !== type) {
    return isNewer(headers.type, type) ? { kind: 'newer', meta } : { kind: 'unreadable', detail: 'header type' };
  }
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(record.value.buffer, record.value.byteOffset, record.value.byteLength).toString());
  } catch {
    return { kind: 'unreadable', detail: 'payload is not JSON', meta };
  }
  const body = EVENTS[type].safeParse(json);
  if (!body.success) return { kind: 'unreadable', detail: `payload ${firstField(body.error)}`, meta };
  const notBefore = headers['not-before'];
  return {
    kind: 'message',
    meta,
    body: body.data as EventBody<T>,
    ...(notBefore === undefined ? {} : { notBefore }),
  };
}

const firstField = (error: { issues: readonly { path: readonly PropertyKey[]; code?: string }[] }): string => {
  const issue = error.issues[0];
  return `${issue?.path.map(String).join('.') || '(whole)'}: ${issue?.code ?? 'invalid'}`;
};

function isNewer(found: string, known: string): boolean {
  const [name, version] = split(found);
  const [knownName, knownVersion] = split(known);
  return name === knownName && version > knownVersion;
}

function split(type: string): [name: string, version: number] {
  const at = type.lastIndexOf('.v');
  return [type.slice(0, at), Number(type.slice(at + 2))];
}
