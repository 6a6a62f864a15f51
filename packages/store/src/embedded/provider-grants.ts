import type { ProviderGrantRepository } from '../port.ts';
import type { Call } from './call.ts';

export function createProviderGrants(call: Call): ProviderGrantRepository {
  return {
    leaseRate: (requests) => call('grantsRate', requests),
    leaseConnections: (requests) => call('grantsConnections', requests),
  };
}
