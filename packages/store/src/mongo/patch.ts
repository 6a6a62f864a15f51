import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

interface DriverConnection {
  readonly socket: Socket;
  readonly closed: boolean;
  cleanup(error: Error): void;
}

const patched = new WeakSet<DriverConnection>();

/**
 * The driver (7.8 and 7.9) waits for a long command to be written with nothing but the socket's `drain` and `error`. A
 * connection that it gives up itself (no answer in time, the server said goodbye) has neither: the command would wait for
 * ever, with its place in the pool. This tells it. Returns whether the patch is in place.
 */
export function patchDriver(): boolean {
  const load = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  const { Connection }: { Connection: { prototype: DriverConnection } } = load('mongodb/lib/cmap/connection.js');
  const { prototype } = Connection;
  if (typeof prototype.cleanup !== 'function') return false;
  if (patched.has(prototype)) return true;
  const { cleanup } = prototype;
  prototype.cleanup = function cleanUpAndTell(error) {
    const isWriting = !this.closed && this.socket.writableNeedDrain;
    cleanup.call(this, error);
    // The driver's own listener finds the connection closed, and does nothing.
    if (isWriting && this.socket.listenerCount('error') > 0) this.socket.emit('error', error);
  };
  patched.add(prototype);
  return true;
}
