/**
 * Every code that the SMTP provider gives for a message that was not accepted, with the kinds of reply that carry it.
 * `unknown` stands only where the message's last byte was already handed to the socket.
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
  'auth-failed': { kinds: ['transient'], meaning: 'The mail server did not take the configured credentials.' },
  protocol: { kinds: ['transient', 'unknown'], meaning: 'The mail server answered something that is not SMTP.' },
  'smtp-4xx': { kinds: ['transient'], meaning: 'The mail server refused the message for now.' },
  'smtp-5xx': { kinds: ['permanent'], meaning: 'The mail server refused the message for good.' },
  'too-large': { kinds: ['permanent'], meaning: 'The message is larger than the mail server takes.' },
  'invalid-address': {
    kinds: ['permanent'],
    meaning: 'The sender’s or recipient’s address cannot be written in SMTP.',
  },
} as const satisfies Record<string, { kinds: readonly FailureKind[]; meaning: string }>;

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
