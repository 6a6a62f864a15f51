import type { Model } from 'mongoose';
import type { Store } from '../port.ts';
import { idsBefore } from '../retention.ts';
import { capsBefore, type KnownWindows } from './caps.ts';
import { driverOf, type Unique } from './insert-once.ts';
import type { Models } from './models.ts';

/** How many documents one call deletes of a collection at most: some tens of milliseconds. */
const CHUNK = 1000;

export function createPrune(models: Models, windows: KnownWindows): Store['prune'] {
  const { ledger, confirmations, cancellations, executions, endings, rounds, deadLetters, caps, suppressions } = models;
  const { feedback, providerMessages } = models;
  const { webhookDeliveries } = models;
  return async (before) => {
    const { from, to } = idsBefore(before.executions);
    const range = { $gte: from, $lt: to };
    const entries = idsBefore(before.ledger);
    // Marks before their execution: one that outlived it would mark another one of that id.
    const marks = [await deleteSome(confirmations, '_id', range), await deleteSome(cancellations, '_id', range)];
    const deleted = [
      ...marks,
      await deleteSome(ledger, '_id', { $gte: entries.from, $lt: entries.to }),
      await deleteSome(rounds, '_id', { $gte: entries.from, $lt: entries.to }),
      await deleteSome(endings, '_id', { $gte: entries.from, $lt: entries.to }),
      await deleteSome(feedback, 'message', { $gte: entries.from, $lt: entries.to }),
      await deleteSome(providerMessages, 'message', { $gte: entries.from, $lt: entries.to }),
      marks.includes(CHUNK) ? 0 : await deleteSome(executions, 'executionId', range),
      await deleteSome(deadLetters, 'at', { $lt: before.ledger }),
      await deleteSome(webhookDeliveries, 'at', { $lt: before.ledger }),
      await deleteSome(caps, '_id', capsBefore(before.caps)),
      await deleteSome(suppressions, 'until', { $lt: before.erasures }),
    ];
    windows.clear();
    return deleted.includes(CHUNK);
  };
}

/** Deletes the first of a range of an index; returns how many. */
async function deleteSome<T extends Unique>(
  model: Model<T>,
  field: '_id' | 'executionId' | 'message' | 'at' | 'until',
  range: { readonly $gte?: string; readonly $lt: string | number },
): Promise<number> {
  const collection = driverOf(model);
  const options = { projection: { _id: 1 }, sort: { [field]: 1 }, limit: CHUNK } as const;
  const found = await collection.find<Unique>({ [field]: range }, options).toArray();
  if (found.length > 0) await collection.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } });
  return found.length;
}
