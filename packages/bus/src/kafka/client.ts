import { Kafka, logLevel, type KafkaConfig, type LogEntry, type RetryOptions } from 'kafkajs';
import type { KafkaSettings } from './settings.ts';
import { createSockets } from './sockets.ts';

export interface Client {
  readonly kafka: Kafka;
  /** Cuts its connections for good. */
  kill(): void;
}

/** For what is asked once and answered or not. */
const RETRY: RetryOptions = { retries: 5, initialRetryTime: 50, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 };

/**
 * A client of its own for each producer and each consumer, never a shared one: two consumers of a group that come from
 * one `Kafka` share their table of committed offsets, and each clears it under the other.
 */
export function createClient(
  settings: KafkaSettings,
  onLog: (entry: LogEntry) => void,
  more: { readonly retry?: RetryOptions; readonly requestTimeoutMs?: number } = {},
): Client {
  const sockets = createSockets();
  const { tls, sasl } = settings;
  const config: KafkaConfig = {
    brokers: settings.brokers,
    clientId: settings.clientId,
    connectionTimeout: settings.connectTimeoutMs,
    authenticationTimeout: settings.connectTimeoutMs,
    requestTimeout: more.requestTimeoutMs ?? 30_000,
    retry: { ...RETRY, ...more.retry },
    socketFactory: sockets.factory,
    logLevel: logLevel.WARN,
    logCreator: () => onLog,
    ssl: typeof tls === 'boolean' ? tls : withoutUndefined(tls),
    ...(sasl === undefined ? {} : { sasl }),
  };
  return { kafka: new Kafka(config), kill: sockets.kill };
}

/** Options of TLS do not take undefined for absent. */
const withoutUndefined = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
