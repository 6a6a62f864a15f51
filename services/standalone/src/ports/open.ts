import { isDistributed } from '@herald/service-kit';
import type { Ports, PortsDeps } from './ports.ts';

/** The bus and the store that the configuration asks for. A process loads the code of its own mode only. */
export const openPorts = async (deps: PortsDeps): Promise<Ports> =>
  isDistributed(deps.config)
    ? (await import('./distributed.ts')).openDistributedPorts(deps)
    : (await import('./embedded.ts')).openEmbeddedPorts(deps);
