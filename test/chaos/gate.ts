import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type GateState = 'open' | 'hang' | 'refuse' | 'reset';

/** Stands before a server, so that trouble with the connection comes from the network and not from the server's code. */
export interface Gate {
  readonly port: number;
  set(state: GateState): Promise<void>;
  /** Cuts every connection; new ones are taken. */
  cut(): void;
  close(): Promise<void>;
}

export async function createGate(target: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  let state: GateState = 'open';

  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    if (state === 'reset') return void client.resetAndDestroy();
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [client, far],
      [far, client],
    ] as const) {
      sockets.add(one);
      // What is said while it hangs is never heard: the connection is cut afterwards.
      one.on('data', (data) => state !== 'hang' && !other.destroyed && other.write(data));
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  await listen(0);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  const { port } = server.address() as AddressInfo;

  return {
    port,
    cut,
    async set(next) {
      const before = state;
      state = next;
      if (before === 'hang' || next === 'reset' || next === 'refuse') cut();
      if (next === 'refuse' && server.listening) {
        server.close();
        cut();
      } else if (next !== 'refuse' && !server.listening) await listen(port);
    },
    async close() {
      cut();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
