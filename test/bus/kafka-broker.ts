import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startKafka } from '../../infra/local/kafka.ts';
import type { LocalServer } from '../../infra/local/server.ts';
import { createTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

export const USER = { username: 'herald', password: 'the right password' } as const;

/** `start` with a folder of its own, which goes when the servers are stopped. */
export async function inFolder<T extends { stop(): Promise<void> }>(
  start: (dir: string) => Promise<T>,
): Promise<{ readonly servers: T; stop(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'herald-kafka-'));
  const remove = (): void => rmSync(dir, { recursive: true, force: true });
  try {
    const servers = await start(dir);
    return {
      servers,
      stop: async () => {
        await servers.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** A broker with a door for each kind of trouble. */
export interface TroubledBroker {
  readonly server: LocalServer;
  /** Leads to the broker through the proxy, and the broker tells its clients to come that way. */
  readonly proxied: string;
  readonly proxy: TcpProxy;
  /** TLS, and a user with a password. */
  readonly secure: string;
  /** The authority that signed the certificate of `secure`, PEM. */
  readonly ca: string;
  /** Answers, and sends its clients on to a name that nobody knows. */
  readonly astray: string;
  stop(): Promise<void>;
}

export const UNKNOWN_HOST = 'no-such-host.invalid';

export async function startTroubledBroker(dir: string): Promise<TroubledBroker> {
  const { keystore, ca } = createCertificate(dir);
  const [plain, controller, behind, front, secure, astray] = await Promise.all(Array.from({ length: 6 }, freePort));
  const server = await startKafka({
    dir,
    ...(plain === undefined ? {} : { port: plain }),
    settings: {
      listeners: [
        `PLAINTEXT://127.0.0.1:${plain}`,
        `CONTROLLER://127.0.0.1:${controller}`,
        `PROXIED://127.0.0.1:${behind}`,
        `SECURE://127.0.0.1:${secure}`,
        `ASTRAY://127.0.0.1:${astray}`,
      ].join(','),
      'advertised.listeners': [
        `PLAINTEXT://127.0.0.1:${plain}`,
        `PROXIED://127.0.0.1:${front}`,
        `SECURE://127.0.0.1:${secure}`,
        `ASTRAY://${UNKNOWN_HOST}:${astray}`,
      ].join(','),
      'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
      'listener.security.protocol.map':
        'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,SECURE:SASL_SSL,ASTRAY:PLAINTEXT',
      'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.secure.plain.sasl.jaas.config':
        'org.apache.kafka.common.security.plain.PlainLoginModule required ' +
        `user_${USER.username}="${USER.password}";`,
      'listener.name.secure.ssl.keystore.location': keystore,
      'listener.name.secure.ssl.keystore.password': STORE_PASSWORD,
      'listener.name.secure.ssl.keystore.type': 'PKCS12',
    },
  });
  const proxy = await createTcpProxy(Number(front), Number(behind));
  return {
    server,
    proxy,
    proxied: `127.0.0.1:${front}`,
    secure: `127.0.0.1:${secure}`,
    astray: `127.0.0.1:${astray}`,
    ca,
    stop: async () => {
      await proxy.close();
      await server.stop();
    },
  };
}

const STORE_PASSWORD = 'of no importance';

/** Signed by itself. Java's own tool: where a broker runs, it is there. */
function createCertificate(dir: string): { keystore: string; ca: string } {
  const keystore = join(dir, 'broker.p12');
  const pem = join(dir, 'broker.pem');
  const store = ['-alias', 'broker', '-keystore', keystore, '-storetype', 'PKCS12', '-storepass', STORE_PASSWORD];
  const keytool = (args: readonly string[]): void => {
    execFileSync('keytool', [...args, ...store], { stdio: 'ignore' });
  };
  keytool(['-genkeypair', '-keyalg', 'EC', '-dname', 'CN=broker', '-ext', 'SAN=ip:127.0.0.1', '-validity', '2']);
  keytool(['-exportcert', '-rfc', '-file', pem]);
  return { keystore, ca: readFileSync(pem, 'utf8') };
}
