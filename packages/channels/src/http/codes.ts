/**
 * Every code that a provider over HTTP gives for a call without an answer, with the kinds of reply that carry it.
 * `unknown` stands only where the request's last byte was already handed to the socket.
 */
export const HTTP_CODES = {
  'connection-refused': { kinds: ['transient'], meaning: 'The provider does not listen at this address.' },
  'host-not-found': { kinds: ['transient'], meaning: 'The provider’s name could not be resolved.' },
  'connection-failed': { kinds: ['transient'], meaning: 'The network refused the connection to the provider.' },
  'connection-timeout': { kinds: ['transient'], meaning: 'No connection to the provider was ready in time.' },
  'connection-lost': { kinds: ['transient', 'unknown'], meaning: 'The provider closed the connection.' },
  'provider-timeout': { kinds: ['unknown'], meaning: 'The provider had the whole request and did not answer in time.' },
  'provider-closed': { kinds: ['transient'], meaning: 'The provider was closed: the process is shutting down.' },
  tls: { kinds: ['transient'], meaning: 'TLS could not be agreed on, or the certificate is not trusted.' },
  protocol: { kinds: ['unknown'], meaning: 'What the provider answered is no answer.' },
  'endpoint-refused': {
    kinds: ['permanent'],
    meaning: 'The endpoint is none that Herald may call: not https, or an address that is not public.',
  },
} as const satisfies Record<string, { kinds: readonly FailureKind[]; meaning: string }>;

export type HttpCode = keyof typeof HTTP_CODES;
type FailureKind = 'transient' | 'permanent' | 'unknown';

/** A call without an answer. `handedOver`: every byte of the request was given to the socket. */
export interface Lost {
  readonly kind: 'lost';
  readonly code: HttpCode;
  readonly handedOver: boolean;
}

/** Thrown where a connection would leave the addresses that anybody may be sent to. */
export class EndpointRefused extends Error {
  override readonly name = 'EndpointRefused';
  readonly code = 'endpoint-refused';
}

/** What an error says that came before the request began to be written. */
const BEFORE: Readonly<Record<string, HttpCode>> = {
  'endpoint-refused': 'endpoint-refused',
  ECONNREFUSED: 'connection-refused',
  ENOTFOUND: 'host-not-found',
  EAI_AGAIN: 'host-not-found',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
  UND_ERR_SOCKET: 'connection-lost',
  ETIMEDOUT: 'connection-timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connection-timeout',
  UND_ERR_CLOSED: 'provider-closed',
  UND_ERR_DESTROYED: 'provider-closed',
  EPROTO: 'tls',
};
/** OpenSSL's and Node's names for what is wrong with a certificate or a handshake. */
const TLS = /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** The failure that an error of the HTTP client stands for. */
export function lostBy(error: Error, handedOver: boolean): Lost {
  const name = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (handedOver) return { kind: 'lost', code: name.startsWith('HPE_') ? 'protocol' : 'connection-lost', handedOver };
  return { kind: 'lost', code: BEFORE[name] ?? (TLS.test(name) ? 'tls' : 'connection-failed'), handedOver };
}
