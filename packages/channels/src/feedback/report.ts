import type { BounceType, FeedbackKind } from '@herald/contracts';
import { classifyReply, replyCodes } from './bounces.ts';
import { readFields, readMessage, type Fields, type Part } from './mime-reader.ts';

/** What somebody says of a message. */
export interface Report {
  readonly kind: FeedbackKind;
  readonly reason?: string;
  /** Of a bounce. */
  readonly bounce?: BounceType;
  /** Reply codes, as `550 5.1.1`. */
  readonly detail?: string;
}

/** A report, and what says which message it is about. Whoever sent it can have written both. */
export interface Said {
  readonly report: Report;
  /** Addresses that may be the message's return path. */
  readonly returnPaths: readonly string[];
  /** What stands before the `@` of the message's Message-ID. */
  readonly messageIds: readonly string[];
}

/**
 * Reads a delivery status notification (RFC 3464) or an abuse report (RFC 5965); undefined for anything else, and for
 * one that says that nothing is decided yet. Never throws.
 */
export function readReport(bytes: Uint8Array): Said | undefined {
  const message = readMessage(bytes);
  const parts = flat(message);
  const report = firstOf(parts, readStatus) ?? firstOf(parts, readComplaint);
  if (report === undefined) return undefined;
  const returned = parts.filter(({ type }) => RETURNED.has(type)).map(fieldsOfReturned);
  const complaint = parts.filter(({ type }) => type === 'message/feedback-report').map(({ body }) => readFields(body));
  return {
    report,
    returnPaths: [
      ...addressesIn(message.fields, RECIPIENT_FIELDS),
      ...[...returned, ...complaint].flatMap((fields) => addressesIn(fields, SENDER_FIELDS)),
    ],
    messageIds: returned.flatMap((fields) => (fields.get('message-id') ?? []).flatMap(messageIdIn)),
  };
}

const RETURNED = new Set([
  'message/rfc822',
  'message/global',
  'message/global-headers',
  'text/rfc822-headers',
  'message/rfc822-headers',
]);
/** To whom a report was sent. */
const RECIPIENT_FIELDS = ['to', 'delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'original-recipient'];
/** Who sent what it is about. */
const SENDER_FIELDS = ['return-path', 'original-mail-from', 'x-original-mail-from'];

const flat = (part: Part): Part[] => [part, ...part.parts.flatMap(flat)];

function firstOf(parts: readonly Part[], read: (part: Part) => Report | undefined): Report | undefined {
  for (const part of parts) {
    const found = read(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A returned message, whole or its head alone: its own fields follow those of the part. */
const fieldsOfReturned = ({ body }: Part): Fields =>
  readFields(body.replace(/^(?:\r?\n)+/, '').split(/\r?\n\r?\n/, 1)[0] ?? '');

function readStatus({ type, body }: Part): Report | undefined {
  if (type !== 'message/delivery-status' && type !== 'message/global-delivery-status') return undefined;
  // The first group is about the report, each other one about a recipient. Herald's messages have one.
  const groups = body
    .slice(0, MAX_STATUS)
    .split(/\r?\n[ \t]*\r?\n/)
    .map(readFields)
    .filter((fields) => fields.has('action'));
  const acting = (action: string): Fields | undefined =>
    groups.find((fields) => fields.get('action')?.[0]?.split(/[ (]/, 1)[0]?.toLowerCase() === action);
  const failed = acting('failed');
  if (failed === undefined) return acting('delivered') && { kind: 'delivered' };
  const text = (failed.get('diagnostic-code') ?? []).join(' ');
  const said = replyCodes(text);
  const { status = said.status } = replyCodes(failed.get('status')?.[0] ?? '');
  // Some servers say no more than that it failed, and the other one's words tell why.
  const exact = /^[245]\.0\.0$/.test(status ?? '') ? (said.status ?? status) : status;
  const codes = { ...said, ...(exact === undefined ? {} : { status: exact }) };
  return { kind: 'bounced', ...classifyReply(codes, text), ...detailOf(codes) };
}

const MAX_STATUS = 100_000;

const detailOf = ({ reply, status }: { readonly reply?: string; readonly status?: string }): { detail?: string } =>
  reply === undefined && status === undefined ? {} : { detail: [reply, status].filter(Boolean).join(' ') };

/** What a report's type means; one of another type is about something else. */
const COMPLAINTS: Readonly<Record<string, string>> = {
  abuse: 'spam-complaint',
  fraud: 'spam-complaint',
  virus: 'spam-complaint',
  other: 'spam-complaint',
  'opt-out': 'unsubscribed',
  'opt-out-list': 'unsubscribed',
};

function readComplaint({ type, body }: Part): Report | undefined {
  if (type !== 'message/feedback-report') return undefined;
  const kind = readFields(body.slice(0, MAX_STATUS)).get('feedback-type')?.[0]?.toLowerCase() ?? '';
  const reason = Object.hasOwn(COMPLAINTS, kind) ? COMPLAINTS[kind] : undefined;
  return reason === undefined ? undefined : { kind: 'complained', reason };
}

const MAX_ADDRESSES = 20;

const addressesIn = (fields: Fields, names: readonly string[]): string[] =>
  names
    .flatMap((name) => fields.get(name) ?? [])
    .flatMap((value) => value.match(/[\w.+-]{1,64}@[\w.-]{1,255}/g) ?? [])
    .slice(0, MAX_ADDRESSES);

function messageIdIn(value: string): string[] {
  const id = /<?\s*(HUMA-[0-9a-f-]{36}\.\d{1,4})@/i.exec(value)?.[1];
  return id === undefined ? [] : [`HUMA${id.slice(4).toLowerCase()}`];
}
