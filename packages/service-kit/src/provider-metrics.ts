import type { Lane } from '@herald/contracts';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What is measured of providers, beside their replies. */
export interface ProviderMetrics {
  /** `state` is asked whenever the metrics are read. */
  circuit(provider: string, state: () => 'closed' | 'open' | 'half-open'): void;
  /** So many slots of the rate, or so many connections, were leased. */
  granted(provider: string, lane: Lane, kind: 'rate' | 'connections', count: number): void;
  /** `waiting` is asked whenever the metrics are read: messages that wait for a slot of the rate. */
  rateWaiting(provider: string, lane: Lane, waiting: () => number): void;
}

const STATES = ['closed', 'half-open', 'open'] as const;

export function createProviderMetrics(registers: Registry[]): ProviderMetrics {
  const circuits = new Map<string, () => (typeof STATES)[number]>();
  const queues = new Map<
    string,
    { readonly labels: { provider: string; lane: Lane }; readonly waiting: () => number }
  >();
  void new Gauge({
    name: 'herald_provider_circuit',
    help: 'Whether the provider is given messages: 0 it is (closed), 1 one at a time (half open), 2 it is not (open)',
    labelNames: ['provider'],
    registers,
    collect() {
      for (const [provider, state] of circuits) this.labels(provider).set(STATES.indexOf(state()));
    },
  });
  void new Gauge({
    name: 'herald_provider_rate_waiting',
    help: 'Messages that wait in this process for their turn within the rate of the provider',
    labelNames: ['provider', 'lane'],
    registers,
    collect() {
      for (const { labels, waiting } of queues.values()) this.labels(labels).set(waiting());
    },
  });
  const slots = new Counter({
    name: 'herald_provider_rate_slots_total',
    help: 'Slots of the rate of the provider that were leased from the store',
    labelNames: ['provider', 'lane'],
    registers,
  });
  const connections = new Gauge({
    name: 'herald_provider_connections_leased',
    help: 'Connections to the provider that this process may have',
    labelNames: ['provider', 'lane'],
    registers,
  });
  return {
    circuit: (provider, state) => void circuits.set(provider, state),
    granted(provider, lane, kind, count) {
      if (kind === 'rate') slots.labels(provider, lane).inc(count);
      else connections.labels(provider, lane).set(count);
    },
    rateWaiting: (provider, lane, waiting) =>
      void queues.set(`${provider}\n${lane}`, { labels: { provider, lane }, waiting }),
  };
}
