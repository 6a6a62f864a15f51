import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

interface DriverConnection {
  readonly socket: Socket;
  readonly closed: boolean;
  cleanup(error: Error): void;
}

let patched = false;

/**
 * The driver (7.8 and 7.9) waits for a long command to be written with nothing but the socket's `drain` and `error`. A
 * connection that it gives up itself (no answer in time), or that the server ends, has neither: the command would wait for
 * ever, with its place in the pool. This tells it.
 */
export function patchDriver(): void {
  if (patched) return;
  patched = true;
  const load = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  const { Connection }: { Connection: { prototype: DriverConnection } } = load('mongodb/lib/cmap/connection.js');
  const { prototype } = Connection;
  const { cleanup } = prototype;
  prototype.cleanup = function cleanUpAndTell(error) {
    const isOpen = !this.closed;
    cleanup.call(this, error);
    // The driver's own listener finds the connection closed, and does nothing.
    if (isOpen && this.socket.listenerCount('drain') > 0) this.socket.emit('error', error);
  };
}
