/**
 * Every code that the SMTP provider gives for a message that was not accepted, with the kinds of reply that carry it.
 * `unknown` stands only where the message's last byte was already handed to the socket. `answers`: reply codes of the
 * server, or whole classes of them, that mean it; a code that is named counts before its class.
 */
export const SMTP_CODES = {
  'connection-refused': { kinds: ['transient'], meaning: 'The mail server does not listen at the configured address.' },
  'host-not-found': { kinds: ['transient'], meaning: 'The mail server’s name could not be resolved.' },
  'connection-failed': { kinds: ['transient'], meaning: 'The network refused the connection to the mail server.' },
  'connection-timeout': { kinds: ['transient'], meaning: 'No connection to the mail server was ready in time.' },
  'connection-lost': { kinds: ['transient', 'unknown'], meaning: 'The mail server closed the connection.' },
  'provider-timeout': { kinds: ['transient', 'unknown'], meaning: 'The mail server did not answer in time.' },
  'provider-closed': { kinds: ['transient'], meaning: 'The provider was closed: the process is shutting down.' },
  'server-refused': { kinds: ['transient'], meaning: 'The mail server greeted with a refusal of this client.' },
  tls: { kinds: ['transient'], meaning: 'TLS could not be agreed on, or the certificate is not trusted.' },
  // Not logged in, or logged in wrongly: an operator's mistake, not the message's.
  'auth-failed': {
    kinds: ['transient'],
    answers: [530, 535],
    meaning: 'The mail server did not take the configured credentials.',
  },
  // Out of step: it says something about this connection, nothing about the message.
  protocol: {
    kinds: ['transient', 'unknown'],
    answers: [503],
    meaning: 'The mail server answered something that is not SMTP, or is out of step.',
  },
  'smtp-4xx': {
    kinds: ['transient'],
    answers: ['4xx'],
    meaning:
      'The mail server refused the message for now: closing (421), busy (450, 451), full (452), no TLS now (454).',
  },
  'smtp-5xx': { kinds: ['permanent'], answers: ['5xx'], meaning: 'The mail server refused the message for good.' },
  'too-large': {
    kinds: ['permanent'],
    answers: [552],
    meaning: 'The message is larger than the mail server, or the mailbox, takes.',
  },
  'invalid-address': {
    kinds: ['permanent'],
    meaning: 'The sender’s or recipient’s address cannot be written in SMTP.',
  },
} as const satisfies Record<string, SmtpOutcome>;

interface SmtpOutcome {
  readonly kinds: readonly FailureKind[];
  readonly answers?: readonly (number | '4xx' | '5xx')[];
  readonly meaning: string;
}
export type SmtpCode = keyof typeof SMTP_CODES;
export type FailureKind = 'transient' | 'permanent' | 'unknown';

/** A message, or a connection, that came to nothing. `detail` is a reply code such as `550 5.1.1`: no addresses. */
export class SmtpFailure extends Error {
  override readonly name = 'SmtpFailure';
  readonly kind: FailureKind;
  readonly code: SmtpCode;
  readonly detail: string | undefined;

  constructor(kind: FailureKind, code: SmtpCode, detail?: string) {
    super(detail === undefined ? code : `${code}: ${detail}`);
    this.kind = kind;
    this.code = code;
    this.detail = detail;
  }
}
