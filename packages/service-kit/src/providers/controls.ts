import { createCircuit, createPace, type Circuit, type Controls } from '@herald/pipeline';
import type { Lane } from '@herald/contracts';
import type { ServiceDeps } from '../service.ts';
import { limitsOf } from './configured.ts';

/** So many seconds' worth of a provider's rate may wait for it in a process and lane; what is more is held. */
const WAITING_S = 30;

export interface ProviderControls {
  of(provider: string, lane: Lane): Controls;
}

/**
 * What a process's accounts are held to: a circuit per provider, for both lanes, and its limits, of which each lane has a
 * part. Nothing is asked of the store for a provider without a limit.
 */
export function createProviderControls({
  pipeline,
  config,
  metrics,
}: Pick<ServiceDeps, 'pipeline' | 'config' | 'metrics'>): ProviderControls {
  const { store, patience, runtime, settings } = pipeline;
  const { clock } = runtime;
  const circuits = new Map<string, Circuit>();

  function circuitOf(provider: string): Circuit {
    let circuit = circuits.get(provider);
    if (circuit === undefined) {
      circuit = createCircuit(clock, { failures: config.circuitFailures, openMs: config.circuitOpenMs });
      circuits.set(provider, circuit);
      metrics.circuit(provider, circuit.state);
    }
    return circuit;
  }

  return {
    of(provider, lane) {
      const { rate, connections } = limitsOf(config, provider);
      const shared = { provider, lane, reservedShare: config.transactionalShare };
      const pace =
        rate === undefined
          ? undefined
          : createPace({
              clock,
              async lease(count) {
                const request = { ...shared, perSecond: rate, count };
                const [grant = { slots: [], againInMs: 0 }] = await patience.persist(() =>
                  store.providerGrants.leaseRate([request]),
                );
                metrics.granted(provider, lane, 'rate', grant.slots.length);
                return grant;
              },
              // Half of what the lane has in hand is left to the other providers.
              maxWaiting: Math.max(1, Math.min(Math.ceil(rate * WAITING_S), Math.floor(settings.maxInFlight / 2))),
              ending: patience.hurried,
            });
      if (pace !== undefined) metrics.rateWaiting(provider, lane, pace.waiting);
      if (connections === undefined) return { circuit: circuitOf(provider), pace };
      const holder = runtime.newId();
      return {
        circuit: circuitOf(provider),
        pace,
        async leaseConnections(asked) {
          const request = { ...shared, holder, limit: connections, ...asked };
          const [grant = { held: 0, target: 0, forMs: 0 }] = await patience.persist(() =>
            store.providerGrants.leaseConnections([request]),
          );
          metrics.granted(provider, lane, 'connections', grant.held);
          return grant;
        },
      };
    },
  };
}
