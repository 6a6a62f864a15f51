import type { Bus, NewRecord } from '@herald/bus';
import { gather } from './gather.ts';
import type { Patience } from './patience.ts';

/** Resolves when the record is durable. Records published while a publish is under way travel together in the next. */
export type Publisher = (record: NewRecord) => Promise<void>;

export function createPublisher(bus: Bus, patience: Patience): Publisher {
  return gather<NewRecord, void>(
    async (records) => {
      await patience.persist(() => bus.publish(records));
      return records.map(() => undefined);
    },
    { maxItems: 500 },
  );
}
