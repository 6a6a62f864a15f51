import type { Connection } from 'mongoose';

/** Connections to the database: how many there are, carry a command, and how many commands wait for one. */
export interface PoolUse {
  readonly open: number;
  readonly busy: number;
  readonly waiting: number;
}

/** Counts by the driver's own events; to be called before the first command. */
export function watchPool(connection: Connection): () => PoolUse {
  const use = { open: 0, busy: 0, waiting: 0 };
  const client = connection.getClient();
  client.on('connectionCreated', () => (use.open += 1));
  client.on('connectionClosed', () => (use.open -= 1));
  client.on('connectionCheckOutStarted', () => (use.waiting += 1));
  client.on('connectionCheckOutFailed', () => (use.waiting -= 1));
  client.on('connectionCheckedOut', () => {
    use.waiting -= 1;
    use.busy += 1;
  });
  client.on('connectionCheckedIn', () => (use.busy -= 1));
  // Those that the connecting itself has left are there already.
  return () => ({ open: Math.max(use.open, use.busy), busy: use.busy, waiting: use.waiting });
}
