import { statfs } from 'node:fs/promises';
import { isOutage, type Clock } from '@herald/contracts';
import type { Health, Log, Metrics } from '@herald/service-kit';
import type { Database } from '@herald/sqlite';

/** Of the room that there is: a warning, and the point from which nothing new is accepted. */
const WARN_AT = 0.8;
/** What is left is for the messages that were accepted: their ledger entries, their retries, their dead letters. */
const REFUSE_AT = 0.9;
const LOOK_EVERY_MS = 1_000;

export interface Room {
  /** Why nothing more is accepted; undefined while there is room. */
  refusal(): string | undefined;
  close(): void;
}

interface RoomDeps {
  readonly database: Database;
  readonly dataDir: string;
  readonly maxBytes: number | undefined;
  readonly clock: Clock;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Watches how much of the disk, or of what the database may use of it, is taken. */
export function watchRoom({ database, dataDir, maxBytes, clock, health, metrics, log }: RoomDeps): Room {
  const closing = new AbortController();
  let refusal: string | undefined;
  let warned = false;

  const look = async (): Promise<void> => {
    const { usedBytes, fileBytes } = await database.usage();
    const { bavail, bsize } = await statfs(dataDir);
    const capacity = Math.min(maxBytes ?? Infinity, fileBytes + bavail * bsize);
    metrics.storageRoom(usedBytes, capacity);
    const taken = usedBytes / capacity;
    const share = `${Math.floor(taken * 100)} % of the room for data is taken`;
    refusal = taken >= REFUSE_AT ? share : undefined;
    health.set('room', refusal === undefined, taken >= WARN_AT ? share : undefined);
    if (taken >= WARN_AT && !warned) {
      metrics.alarm('storage-nearly-full');
      log.warn({ usedBytes, capacity, dataDir }, `${share}: at ${REFUSE_AT * 100} % calls are refused`);
    }
    warned = taken >= WARN_AT;
  };

  void (async () => {
    while (!closing.signal.aborted) {
      await look().catch((error: unknown) => {
        if (!isOutage(error)) log.error({ err: error }, 'the room for data could not be measured');
      });
      await clock.sleep(LOOK_EVERY_MS, closing.signal);
    }
  })();
  return { refusal: () => refusal, close: () => closing.abort() };
}
