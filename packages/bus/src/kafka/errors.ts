import { Outage } from '@herald/contracts';
import { KAFKA_SETTINGS, type KafkaSettings } from './settings.ts';

/** What there is to know of an error of kafkajs, which wraps the cause in layers of its own. */
export interface Cause {
  readonly name: string;
  readonly message: string;
  /** Kafka's name of the error, or the system's code. */
  readonly code: string | undefined;
}

export function causesOf(error: unknown): Cause[] {
  const causes: Cause[] = [];
  for (let at = error; at instanceof Error && causes.length < 10; at = causeOf(at)) {
    const { name, message } = at;
    const type: unknown = 'type' in at ? at.type : undefined;
    const code: unknown = 'code' in at ? at.code : undefined;
    causes.push({ name, message, code: [type, code].find((one) => typeof one === 'string') });
  }
  return causes;
}

/** Of several errors, for instance one per topic, the first one is as good as any. */
const causeOf = (error: Error): unknown =>
  'errors' in error && Array.isArray(error.errors) ? error.errors[0] : error.cause;

const BUGS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'KafkaJSInvariantViolation']);
const REFUSED = /_AUTHORIZATION_FAILED$|^SASL_AUTHENTICATION_FAILED$|^UNSUPPORTED_SASL_MECHANISM$|^ILLEGAL_SASL_STATE$/;
const MISUSED = new Set([
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_GROUP_ID',
  'INVALID_SESSION_TIMEOUT',
  'GROUP_MAX_SIZE_REACHED',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
]);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const TLS = /CERT|SSL|TLS|SELF_SIGNED|EPROTO|UNABLE_TO/;

const isRefused = ({ name, code }: Cause): boolean =>
  name === 'KafkaJSSASLAuthenticationError' || (code !== undefined && REFUSED.test(code));

/** True: it will be the same tomorrow, unless somebody changes a setting, a permission or the program. */
export const isForGood = (error: unknown): boolean =>
  causesOf(error).some(
    (cause) => isRefused(cause) || BUGS.has(cause.name) || (cause.code !== undefined && MISUSED.has(cause.code)),
  );

/** True: the same records may be sent again by the same producer, and none will be there twice. */
export const canSendAgain = (error: unknown): boolean =>
  !isForGood(error) &&
  !causesOf(error).some(({ code = '' }) => TOO_LARGE.has(code) || /SEQUENCE|PRODUCER|^INVALID_|^POLICY/.test(code));

/** One line on what is wrong and which setting to look at, for an operator. No content, no password. */
export function explain(error: unknown, settings: KafkaSettings): string {
  const causes = causesOf(error);
  const code = causes.map((cause) => cause.code).find((one) => one !== undefined) ?? '';
  const at = `${settings.brokers.join(', ')} (${KAFKA_SETTINGS.brokers})`;
  const setting = (name: keyof KafkaSettings): string => KAFKA_SETTINGS[name];

  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const host = causes.map(({ message }) => /(?:ENOTFOUND|EAI_AGAIN) (\S+)/.exec(message)?.[1]).find(Boolean);
    const own = settings.brokers.some((broker) => broker.startsWith(`${host}:`));
    return own
      ? `the name ${host} in ${setting('brokers')} cannot be resolved`
      : `the name ${host}, which the cluster advertises for a broker, cannot be resolved: see its advertised.listeners`;
  }
  if (causes.some(isRefused)) {
    if (/TOPIC|GROUP|CLUSTER|TRANSACTIONAL/.test(code)) {
      return `the cluster refuses it (${code}): the user of ${setting('sasl')} lacks a permission`;
    }
    return `the cluster refuses the user or the password of ${setting('sasl')}`;
  }
  if (TLS.test(code)) return `TLS with ${at} fails (${code}): see ${setting('tls')}`;
  if (TOO_LARGE.has(code)) return `a broker takes no records as large as these: see max.message.bytes of the topic`;
  if (code === 'UNKNOWN_TOPIC_OR_PARTITION') {
    return `a topic or partition is not on the cluster: was it deleted? ${setting('createTopics')} creates topics at the start`;
  }
  if (code.startsWith('NOT_ENOUGH_REPLICAS')) {
    return `too few copies are in sync: ${setting('minInSyncReplicas')} wants ${settings.minInSyncReplicas}`;
  }
  if (code === 'INVALID_REPLICATION_FACTOR') {
    return (
      `the cluster has fewer brokers than ${setting('replicationFactor')}=${settings.replicationFactor}; ` +
      `for a single one set ${setting('singleBroker')}=true`
    );
  }
  if (code === 'INVALID_SESSION_TIMEOUT') {
    return `${setting('sessionTimeoutMs')}=${settings.sessionTimeoutMs} is outside of group.min/max.session.timeout.ms of the brokers`;
  }
  if (/COORDINATOR|^GROUP_LOAD_IN_PROGRESS$/.test(code)) return `the cluster at ${at} has no coordinator yet (${code})`;
  if (causes.some(({ message }) => /closed connection|closed by the server|ECONNRESET/i.test(message))) {
    return `brokers at ${at} close the connection: see ${setting('tls')} and ${setting('sasl')} if it never worked`;
  }
  if (causes.some(({ name }) => /Connection|BrokerNotFound|NoBroker|Coordinator|Timeout/.test(name))) {
    return `no broker answers at ${at}`;
  }
  // The outer one often says no more than that it was tried again.
  const inner = causes.at(-1);
  return `${code || inner?.name || 'something that is no error'} from the cluster at ${at}`;
}

/** `doing`: what could not be done, as in "publish". */
export const toOutage = (error: unknown, doing: string, settings: KafkaSettings): Outage =>
  error instanceof Outage
    ? error
    : new Outage('unavailable', `Kafka: cannot ${doing}: ${explain(error, settings)}`, { cause: error });
