import type { Store } from '../port.ts';
import { idsBefore } from '../retention.ts';
import type { Call } from './call.ts';

/** How many rows one call deletes at most: a few milliseconds of the thread that everybody waits for. */
const CHUNK = 1000;

export function createPrune(call: Call): Store['prune'] {
  return async (before) => {
    const deleted = [
      await call('ledgerPrune', { ...idsBefore(before.ledger), limit: CHUNK }),
      await call('roundsPrune', { ...idsBefore(before.ledger), limit: CHUNK }),
      await call('endingsPrune', { before: idsBefore(before.ledger).to, limit: CHUNK }),
      await call('feedbackPrune', { ...idsBefore(before.ledger), limit: CHUNK }),
      await call('providerMessagesPrune', { ...idsBefore(before.ledger), limit: CHUNK }),
      await call('executionsPrune', { ...idsBefore(before.executions), limit: CHUNK }),
      await call('deadLettersPrune', { before: before.ledger, limit: CHUNK }),
      await call('webhookDeliveriesPrune', { before: before.ledger, limit: CHUNK }),
      await call('capsPrune', { before: before.caps, limit: CHUNK }),
      await call('erasuresPrune', { before: before.erasures, limit: CHUNK }),
    ];
    return deleted.includes(CHUNK);
  };
}
