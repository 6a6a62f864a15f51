import type { BounceType } from '@herald/contracts';

/** What a refusal means, by its code. */
export interface BounceRule {
  readonly reason: string;
  readonly bounce: BounceType;
  /** Enhanced status codes (RFC 3463); `x` is any class, `*` any detail. Or error codes of a provider. */
  readonly codes: readonly string[];
  readonly meaning: string;
}

/** What a mail server says of a message that it took and could not deliver. The first row that has its code counts. */
export const SMTP_BOUNCES: readonly BounceRule[] = [
  {
    reason: 'mailbox-unknown',
    bounce: 'hard',
    codes: ['5.1.1', '5.1.3', '5.1.6', '5.1.10'],
    meaning: 'There is no such mailbox, or there is none any more.',
  },
  {
    reason: 'domain-unknown',
    bounce: 'hard',
    codes: ['5.1.2', '5.4.4'],
    meaning: 'No mail server takes mail for the domain.',
  },
  {
    reason: 'mailbox-disabled',
    bounce: 'hard',
    codes: ['5.2.1'],
    meaning: 'The mailbox takes no mail: it is closed or switched off.',
  },
  { reason: 'mailbox-full', bounce: 'soft', codes: ['x.2.2'], meaning: 'The mailbox is full.' },
  {
    reason: 'sender-refused',
    bounce: 'blocked',
    codes: ['x.1.7', 'x.1.8'],
    meaning: 'The sender’s address is not taken.',
  },
  {
    reason: 'message-refused',
    bounce: 'blocked',
    codes: ['x.7.*', 'x.6.*', 'x.2.3', 'x.3.4'],
    meaning: 'The message is refused for what it is or where it comes from: policy, reputation, content, size.',
  },
  {
    reason: 'unreachable',
    bounce: 'soft',
    codes: ['x.4.*', 'x.3.*', '4.*.*'],
    meaning: 'It was tried for as long as the mail server tries, and nobody took it.',
  },
  { reason: 'unclassified', bounce: 'soft', codes: ['*'], meaning: 'The provider says no more than that it failed.' },
];

/** Servers without enhanced codes, or with `5.0.0`: what they write where there is no such mailbox. */
const NOBODY =
  /\b(?:user|mailbox|recipient|account|address)\b[^\n]{0,60}\b(?:unknown|not found|(?:does not|doesn't|not) exist|no longer|disabled|unavailable|inactive)\b|\b(?:no such|unknown|invalid) (?:user|mailbox|recipient|account|address)\b|\buser unknown\b/i;

export interface Codes {
  /** `550`. */
  readonly reply?: string;
  /** `5.1.1`. */
  readonly status?: string;
}

/** The first reply code and the first enhanced status code in a text of any kind. */
export function replyCodes(text: string): Codes {
  const status = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)/.exec(text)?.[0];
  const reply = /(?<![\d.+])[245]\d\d(?!\.?\d)/.exec(text)?.[0];
  return { ...(reply === undefined ? {} : { reply }), ...(status === undefined ? {} : { status }) };
}

/** What a refusal by a mail server means. `text` is looked at, and not kept. */
export function classifyReply({ reply, status }: Codes, text = ''): Pick<BounceRule, 'reason' | 'bounce'> {
  const isVague = status === undefined || /^5\.(?:0\.\d+|\d\.0)$/.test(status);
  const isFinal = status?.startsWith('5') ?? reply?.startsWith('5') ?? true;
  const says = text.slice(0, MAX_TEXT);
  if (isVague && isFinal && NOBODY.test(says)) return { reason: 'mailbox-unknown', bounce: 'hard' };
  const code = status ?? (reply?.startsWith('4') ? '4.0.0' : '');
  const rule = SMTP_BOUNCES.find(({ codes }) => codes.some((pattern) => matches(pattern, code))) ?? LAST;
  return { reason: rule.reason, bounce: rule.bounce };
}

const MAX_TEXT = 2_000;
const LAST: Pick<BounceRule, 'reason' | 'bounce'> = { reason: 'unclassified', bounce: 'soft' };

function matches(pattern: string, code: string): boolean {
  if (pattern === '*') return true;
  const wanted = pattern.split('.');
  const parts = code.split('.');
  return parts.length === 3 && wanted.every((part, at) => part === '*' || part === 'x' || part === parts[at]);
}
