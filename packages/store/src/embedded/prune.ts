import { newExecutionId } from '@herald/contracts';
import type { Store } from '../port.ts';
import type { Call } from './call.ts';

/** How many rows one call deletes at most: a few milliseconds of the thread that everybody waits for. */
const CHUNK = 1000;

export function createPrune(call: Call): Store['prune'] {
  return async (before) => {
    const deleted = [
      await call('ledgerPrune', rangeBefore(before.ledger)),
      await call('executionsPrune', rangeBefore(before.executions)),
      await call('deadLettersPrune', { before: before.ledger, limit: CHUNK }),
      await call('capsPrune', { before: before.caps, limit: CHUNK }),
    ];
    return deleted.includes(CHUNK);
  };
}

/** Every id of an execution, and of what belongs to it, that was made before a time: a UUIDv7 begins with its own. */
function rangeBefore(time: number): { from: string; to: string; limit: number } {
  const hex = Math.max(0, Math.floor(time)).toString(16).padStart(12, '0');
  return { from: newExecutionId(''), to: newExecutionId(`${hex.slice(0, 8)}-${hex.slice(8)}`), limit: CHUNK };
}
