import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '../infra/local/kafka.ts';
import { startMongo } from '../infra/local/mongo.ts';

export const LAYOUTS = ['embedded', 'fused', 'split'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** The roles of each process. Every role is there: what is measured is what an operator runs. */
const PROCESSES: Readonly<Record<Layout, readonly string[]>> = {
  embedded: ['all'],
  fused: ['ingress,control', 'profile,render,sender-email,sender-sms,sender-push,tracker,scheduler'],
  split: ['ingress,control', 'profile', 'render', 'sender-email', 'sender-sms,sender-push', 'tracker,scheduler'],
};

/** A process whose CPU is measured. */
export interface Measured {
  readonly name: string;
  readonly pid: number;
}

export interface Installation {
  readonly url: string;
  readonly key: string;
  /** Herald's own first, then the broker's and the database's. */
  readonly processes: readonly Measured[];
  close(): Promise<void>;
}

export interface InstallationOptions {
  readonly layout: Layout;
  readonly smtpUrl: string;
  /** CPU profiles of every process go here. */
  readonly profiles?: string;
}

/** Starts Herald on data of its own: one process, or several on a Kafka broker and a database that are started too. */
export async function startInstallation({ layout, smtpUrl, profiles }: InstallationOptions): Promise<Installation> {
  const dir = mkdtempSync(join(tmpdir(), 'herald-bench-'));
  const servers =
    layout === 'embedded'
      ? []
      : [
          { name: 'kafka', server: await startKafka({ dir: join(dir, 'kafka') }) },
          { name: 'mongo', server: await startMongo({ dir: join(dir, 'mongo') }) },
        ];
  const [kafka, mongo] = servers.map(({ server }) => server);
  const env = {
    ...process.env,
    HERALD_PORT: '0',
    HERALD_DATA: join(dir, 'herald'),
    HERALD_SMTP_URL: smtpUrl,
    HERALD_LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
    ...(kafka === undefined || mongo === undefined
      ? {}
      : {
          HERALD_KAFKA_BROKERS: kafka.url,
          HERALD_KAFKA_SINGLE_BROKER: 'true',
          HERALD_MONGO_URL: mongo.url,
        }),
  };
  const start = (args: readonly string[]): ChildProcess =>
    fork(new URL('../services/standalone/src/main.ts', import.meta.url), args, {
      execArgv: [
        '--max-semi-space-size=64',
        ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]),
      ],
      env,
    });
  if (kafka !== undefined) await once(start(['--prepare']), 'exit');

  const children = PROCESSES[layout].map((roles) => ({ name: roles, child: start(['--roles', roles]) }));
  const told = await Promise.all(children.map(async ({ child }) => ((await once(child, 'message')) as [Told])[0]));
  return {
    url: told[0]?.url ?? '',
    key: told[0]?.adminKey ?? '',
    processes: [
      ...children.map(({ name, child }) => ({ name, pid: child.pid ?? 0 })),
      ...servers.map(({ name, server }) => ({ name, pid: server.pid })),
    ],
    async close() {
      await Promise.all(
        children.map(async ({ child }) => {
          const ended = once(child, 'exit');
          child.kill('SIGTERM');
          await ended;
        }),
      );
      for (const { server } of servers) await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

interface Told {
  readonly url: string;
  readonly adminKey: string;
}
