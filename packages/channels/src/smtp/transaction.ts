import { failureOf, lostFailure } from './classify.ts';
import { SmtpFailure } from './failure.ts';
import type { Session } from './handshake.ts';
import type { SmtpReply } from './replies.ts';

/** What goes out: addresses as they stand between angle brackets, content one character per byte, dots not stuffed. */
export interface WireMessage {
  readonly from: string;
  readonly to: readonly string[];
  readonly content: string;
}

export type Outcome =
  | {
      readonly kind: 'accepted';
      readonly reply: SmtpReply;
      readonly rejected: readonly string[];
      /** Milliseconds until the server asked for the content, and from then on. */
      readonly envelopeTime: number;
      readonly messageTime: number;
    }
  /** `untouched`: the server had not said a word about this message when the connection was lost. */
  | { readonly kind: 'failed'; readonly failure: SmtpFailure; readonly untouched: boolean };

/** The bytes that no address may hold: it would end the command, or the address. */
const NOT_IN_ADDRESS = /[^\x21-\x3b\x3d\x3f-\x7e]/;
const MAX_PATH = 254;
/** How long a server may take to forget a message that it refused. */
const RESET_MS = 5_000;

const isPath = (address: string): boolean => address.length <= MAX_PATH && !NOT_IN_ADDRESS.test(address);

/** What can be told without asking the server; undefined: nothing is wrong. */
export function refusalOf({ capabilities }: Session, { from, to, content }: WireMessage): SmtpFailure | undefined {
  // An empty sender is the null reverse-path; an empty recipient is nobody.
  if (!isPath(from) || to.length === 0 || !to.every((address) => address !== '' && isPath(address))) {
    return new SmtpFailure('permanent', 'invalid-address');
  }
  if (capabilities.size !== undefined && content.length > capabilities.size) {
    return new SmtpFailure('permanent', 'too-large', `limit ${String(capabilities.size)} bytes`);
  }
  return undefined;
}

/**
 * Sends one message: MAIL, RCPT and DATA in one write, then the content. `onOutcome` is called exactly once; after it
 * `onFree`, when the connection can take the next message, unless it was lost.
 */
export function transact(
  { wire, capabilities }: Session,
  { from, to, content }: WireMessage,
  onOutcome: (outcome: Outcome) => void,
  onFree: () => void,
): void {
  const replies: SmtpReply[] = [];
  let phase: 'envelope' | 'content' | 'over' = 'envelope';
  let handedOver = false;
  const startedAt = performance.now();
  let askedAt = startedAt;

  const settle = (outcome: Outcome): void => {
    phase = 'over';
    onOutcome(outcome);
  };
  const fail = (reply: SmtpReply): void => settle({ kind: 'failed', failure: failureOf(reply), untouched: false });
  const accept = (reply: SmtpReply): void => {
    const rejected = to.filter((_, at) => (replies[at + 1]?.code ?? 0) >= 300);
    const messageTime = performance.now() - askedAt;
    settle({ kind: 'accepted', reply, rejected, envelopeTime: askedAt - startedAt, messageTime });
  };
  const free = (): void => {
    wire.listener = undefined;
    onFree();
  };
  const lost = (code: SmtpFailure['code']): void => {
    if (phase !== 'over') {
      settle({ kind: 'failed', failure: lostFailure(code, handedOver), untouched: replies.length === 0 });
    }
  };

  wire.listener = {
    onLost: lost,
    onReply(reply) {
      if (reply.code === 421) {
        // The server is closing: whatever it was asked is refused, and nothing more can be.
        const untouched = replies.length === 0;
        settle({ kind: 'failed', failure: failureOf(reply), untouched });
        wire.destroy('connection-lost');
        return;
      }
      replies.push(reply);
      if (phase === 'content') {
        if (reply.code < 300) accept(reply);
        else if (reply.code >= 400) fail(reply);
        // Neither yes nor no to a message that is all there.
        else settle({ kind: 'failed', failure: lostFailure('protocol', true), untouched: false });
        free();
      } else if (replies.length === to.length + 2) {
        afterEnvelope();
      }
    },
  };

  function afterEnvelope(): void {
    const mail = replies[0];
    const data = replies[to.length + 1];
    if (!mail || !data) return;
    const rejected = rejectedOf(replies, to.length);
    const go = data.code >= 300 && data.code < 400;
    if (mail.code < 300 && rejected.length < to.length && go) {
      phase = 'content';
      askedAt = performance.now();
      wire.write(stuffed(content), () => {
        handedOver = true;
      });
      return;
    }
    // One deferred recipient among refused ones: the message can still reach somebody later.
    const cause = mail.code >= 300 ? mail : rejected.length === to.length ? worthMost(rejected) : data;
    fail(cause ?? data);
    if (!go) after('RSET\r\n');
    else if (mail.code < 300) {
      // RFC 2920, 3.1: DATA was taken though nobody is left to send to. An empty message ends it.
      after('.\r\n');
    } else {
      // There is no telling what this server would do with an empty message from nobody.
      wire.destroy('protocol');
    }
  }

  function after(ending: string): void {
    const timer = setTimeout(() => wire.destroy('provider-timeout'), RESET_MS);
    wire.listener = {
      onLost: () => clearTimeout(timer),
      onReply(reply) {
        clearTimeout(timer);
        if (reply.code === 421) wire.destroy('connection-lost');
        else free();
      },
    };
    wire.write(ending);
  }

  // Bytes above ASCII are two in UTF-8.
  const eightBit = capabilities.eightBitMime && Buffer.byteLength(content) > content.length ? ' BODY=8BITMIME' : '';
  const size = capabilities.size === undefined ? '' : ` SIZE=${String(content.length)}`;
  let commands = `MAIL FROM:<${from}>${size}${eightBit}\r\n`;
  for (const address of to) commands += `RCPT TO:<${address}>\r\n`;
  wire.write(`${commands}DATA\r\n`);
}

const rejectedOf = (replies: readonly SmtpReply[], recipients: number): SmtpReply[] =>
  replies.slice(1, recipients + 1).filter(({ code }) => code >= 300);

const worthMost = (rejected: readonly SmtpReply[]): SmtpReply | undefined =>
  rejected.find(({ code }) => code < 500) ?? rejected[0];

/**
 * RFC 5321, 4.5.2: a dot that begins a line is doubled, and a line with one dot ends it all. Lines end in CRLF and
 * nothing else: a receiver that takes a bare CR or LF for a line end would find another end in the content.
 */
export function stuffed(content: string): string {
  let lines = hasBareEnds(content) ? content.replace(/\r\n|\r|\n/g, '\r\n') : content;
  if (lines.includes('\r\n.')) lines = lines.replaceAll('\r\n.', '\r\n..');
  if (lines.startsWith('.')) lines = `.${lines}`;
  return lines.endsWith('\r\n') ? `${lines}.\r\n` : `${lines}\r\n.\r\n`;
}

/** Two searches are three times as fast as a regular expression, on every message. */
function hasBareEnds(content: string): boolean {
  let pairs = 0;
  for (let at = content.indexOf('\n'); at >= 0; at = content.indexOf('\n', at + 1)) {
    if (content[at - 1] !== '\r') return true;
    pairs += 1;
  }
  for (let at = content.indexOf('\r'); at >= 0; at = content.indexOf('\r', at + 1)) pairs -= 1;
  return pairs !== 0;
}
