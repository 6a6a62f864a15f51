import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kafkaLibs } from './kafka-libs.ts';
import type { LocalServer } from './server.ts';

export interface KafkaOptions {
  /** Its data, settings and log; kept over `stop`, `kill` and `restart`. */
  readonly dir: string;
  /** Without it a free one is chosen, and chosen again when the folder is used later. */
  readonly port?: number;
  readonly heapMb?: number;
  /** Lines of `server.properties`, over those below: more listeners, limits, certificates. */
  readonly settings?: Readonly<Record<string, string>>;
}

const START_MS = 60_000;
/** After SIGTERM; a broker that has not ended by then is killed. */
const STOP_MS = 20_000;
const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw';

/** The full JIT costs a short-lived broker two to three times the CPU. */
const JVM_FLAGS = ['-XX:MaxDirectMemorySize=256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];

const LOG_SETTINGS = `status=error
appender.out.type=Console
appender.out.name=OUT
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=WARN
rootLogger.appenderRef.out.ref=OUT
logger.kafka.name=kafka.server.KafkaRaftServer
logger.kafka.level=INFO
`;

/** Broker and controller in one process, and everything that makes a cluster slow to react turned down. */
const FAST: Readonly<Record<string, string>> = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'auto.create.topics.enable': 'false',
  'default.replication.factor': '1',
  'min.insync.replicas': '1',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
  'log.cleaner.backoff.ms': '1000',
  'log.cleaner.dedupe.buffer.size': '4194304',
  // A broker that was killed need not wait for its own old session to end.
  'broker.session.timeout.ms': '1500',
  'broker.heartbeat.interval.ms': '250',
};

/**
 * A real Apache Kafka on this machine, without Docker: one node in KRaft mode, up in about six seconds. `kill` is
 * SIGKILL; `restart` comes back on the same port with the same data. It ends with this process. Throws an Error with
 * the end of its log when it does not start.
 */
export async function startKafka(options: KafkaOptions): Promise<LocalServer> {
  const { dir } = options;
  const libs = await kafkaLibs();
  await mkdir(dir, { recursive: true });
  const { port, controllerPort } = await portsOf(options);
  const properties = join(dir, 'server.properties');
  await writeFile(join(dir, 'log4j2.properties'), LOG_SETTINGS);
  await writeFile(
    properties,
    lines({
      ...FAST,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
      'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
      'log.dirs': join(dir, 'data'),
      ...options.settings,
    }),
  );
  const java = (...args: string[]): string[] => [
    ...JVM_FLAGS,
    `-Dlog4j2.configurationFile=${join(dir, 'log4j2.properties')}`,
    '-cp',
    `${libs}/*`,
    ...args,
  ];
  if (!existsSync(join(dir, 'data', 'meta.properties'))) {
    const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties];
    // Unless it joins somebody else's.
    if (!('process.roles' in (options.settings ?? {}))) format.push('--standalone');
    execFileSync('java', java(...format), { stdio: ['ignore', 'ignore', 'pipe'] });
  }
  const heap = [`-Xms128m`, `-Xmx${options.heapMb ?? 512}m`];
  const start = () => launch([...heap, ...java('kafka.Kafka', properties)], join(dir, 'server.log'));
  let child = await start();
  return {
    url: `127.0.0.1:${port}`,
    get pid() {
      return child.pid ?? 0;
    },
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
    async restart() {
      await end(child, 'SIGTERM');
      child = await start();
    },
  };
}

const lines = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/** The ports of a folder stay the same: the controller's is written down in the data. */
async function portsOf({ dir, port }: KafkaOptions): Promise<{ port: number; controllerPort: number }> {
  const file = join(dir, 'ports.json');
  const known: unknown = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : [];
  const [knownPort, knownController] = Array.isArray(known) ? known.map(Number) : [];
  const ports = {
    port: port ?? knownPort ?? (await freePort()),
    controllerPort: knownController ?? (await freePort()),
  };
  await writeFile(file, JSON.stringify([ports.port, ports.controllerPort]));
  return ports;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function launch(args: readonly string[], logFile: string): Promise<ChildProcess> {
  await rm(logFile, { force: true });
  const log = openSync(logFile, 'a');
  const child = spawn('java', args, { stdio: ['ignore', log, log] });
  closeSync(log);
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.removeListener('exit', endWithUs));
  // Whoever forgets to stop it is not kept from ending.
  child.unref();
  const deadline = Date.now() + START_MS;
  while (!readFileSync(logFile, 'utf8').includes('Kafka Server started')) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      await end(child, 'SIGKILL');
      throw new Error(`Kafka did not start; its log ends with:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);
    }
    await delay(20);
  }
  return child;
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.ref();
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(timer);
}
