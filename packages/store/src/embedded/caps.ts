import type { CapRepository } from '../port.ts';
import { storable } from './compared.ts';
import type { Call } from './call.ts';

export function createCaps(call: Call): CapRepository {
  return {
    take: async (requests) => {
      if (requests.length === 0) return [];
      const taken = await call(
        'capsTake',
        requests.map(({ org, sandbox, key, window, limit }) => [org, sandbox, storable(key), window, limit] as const),
      );
      return taken.map((changed) => changed === 1);
    },
  };
}
