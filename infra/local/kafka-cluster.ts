import { join } from 'node:path';
import { freePort, startKafka } from './kafka.ts';
import type { LocalServer } from './server.ts';

export interface LocalCluster {
  /** The first one is the controller, too: without it no leader is chosen. */
  readonly brokers: readonly LocalServer[];
  stop(): Promise<void>;
}

/** Several brokers, and copies of everything on each of them. */
export async function startKafkaCluster({ dir, count }: { dir: string; count: number }): Promise<LocalCluster> {
  const controllerPort = await freePort();
  const start = async (id: number): Promise<LocalServer> => {
    const port = await freePort();
    const isController = id === 1;
    const listeners = [`PLAINTEXT://127.0.0.1:${port}`];
    if (isController) listeners.push(`CONTROLLER://127.0.0.1:${controllerPort}`);
    return startKafka({
      dir: join(dir, String(id)),
      port,
      heapMb: 256,
      settings: {
        'node.id': String(id),
        ...(isController ? {} : { 'process.roles': 'broker' }),
        listeners: listeners.join(','),
        'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
        'offsets.topic.replication.factor': String(count),
        'min.insync.replicas': String(Math.max(1, count - 1)),
        'replica.lag.time.max.ms': '3000',
      },
    });
  };
  const first = await start(1);
  const others = await Promise.all(Array.from({ length: count - 1 }, (_, index) => start(index + 2)));
  const brokers = [first, ...others];
  return {
    brokers,
    stop: async () => {
      await Promise.all(others.map((broker) => broker.stop()));
      await first.stop();
    },
  };
}
