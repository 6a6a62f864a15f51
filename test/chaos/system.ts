import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalServer } from '../../infra/local/server.ts';
import { createClient, type Client } from '../support/client.ts';
import { ADMIN_KEY, QUICK, type Env } from '../support/standalone.ts';
import type { HeraldProcess } from '../distributed/support/process.ts';
import type { FarEnd } from './far-end.ts';
import type { PoisonRecord } from './poison.ts';

/** Herald as it runs, in one process or in many, with handles to hit it by. */
export interface System {
  readonly parts: readonly Part[];
  /** Where calls go, and where the API of control is; empty while nobody is there. */
  readonly ingress: () => string;
  readonly control: () => Client;
  /** The servers of the distributed mode. */
  readonly broker?: LocalServer;
  readonly database?: LocalServer;
  /** Puts records on the topics behind Herald's back. */
  poison(records: readonly PoisonRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** What the faults of a run are told about. */
export interface Complaint {
  readonly at: number;
  readonly what: string;
}

export const PARTITIONS = 3;
export const LADDER_MS = [200, 1_000, 5_000] as const;
/** A provider's timeout, and the lease of a claim: a message that is called again has waited for it. */
export const PROVIDER_TIMEOUT_MS = 1_500;
export const LEASE_MS = 3_000;
/** Longer than any outage of a run, also on a machine on which a broker takes half a minute to start: what the sweeper ends was really lost. */
export const SWEEP_GRACE_MS = 90_000;

/** Short delays, and no caps: one machine stands for all recipients. */
export function settingsFor(far: FarEnd, caFile: string): Env {
  return {
    ...QUICK,
    HERALD_ADMIN_KEY: ADMIN_KEY,
    HERALD_LOG_LEVEL: 'info',
    HERALD_LADDER_MS: LADDER_MS.join(','),
    HERALD_RETRY_MS: ['200,200,1000,1000', ...Array.from({ length: 60 }, () => '5000')].join(','),
    HERALD_PROVIDER_TIMEOUT_MS: String(PROVIDER_TIMEOUT_MS),
    HERALD_LEASE_MS: String(LEASE_MS),
    HERALD_SWEEP_GRACE_MS: String(SWEEP_GRACE_MS),
    HERALD_PARTITIONS: String(PARTITIONS),
    HERALD_EMAIL_CAP: '0',
    HERALD_SMS_CAP: '0',
    HERALD_SMS_PREFIX_CAP: '0',
    HERALD_PUSH_CAP: '0',
    HERALD_SMTP_URL: `smtp://127.0.0.1:${far.ports.email}`,
    HERALD_TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
    HERALD_TWILIO_AUTH_TOKEN: 'f'.repeat(32),
    HERALD_TWILIO_API_URL: `http://127.0.0.1:${far.ports.sms}`,
    HERALD_ALLOWED_PRIVATE_HOSTS: `127.0.0.1:${far.ports.push}`,
    HERALD_PUSH_CA: caFile,
  };
}

/** One process of Herald, which is started again whenever it ends, as an orchestrator does. */
export interface Part {
  readonly name: string;
  /** Empty while it does not run. */
  readonly url: () => string;
  readonly pid: () => number | undefined;
  /** Ends the process and leaves it down until `start`. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  start(): Promise<void>;
  /** For good. */
  close(): Promise<void>;
}

const START_MS = 90_000;
const AGAIN_MS = 500;

/** Who is told of what goes wrong, and what says that everything is over. */
export interface Watchers {
  readonly complain: (what: string) => void;
  readonly signal: AbortSignal;
  /** A folder for what each process printed, a file per life; absent: it is forgotten. */
  readonly logs?: string | undefined;
}

const keepLog = (folder: string, name: string, { pid, lines }: HeraldProcess): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}-${pid}.log`), `${lines().join('\n')}\n`);
};

/** `launch` starts the process; what goes wrong with it, and was not done to it, is complained about. */
export async function createPart(
  name: string,
  launch: () => Promise<HeraldProcess>,
  { complain, signal, logs }: Watchers,
): Promise<Part> {
  let current: HeraldProcess | undefined;
  let wanted = true;
  let starting: Promise<void> | undefined;

  async function bringUp(): Promise<void> {
    for (const giveUpAt = Date.now() + START_MS; ;) {
      try {
        const process = await launch();
        current = process;
        void process.exit.then(({ code, signal: by }) => {
          if (logs !== undefined) keepLog(logs, name, process);
          if (current !== process) return;
          current = undefined;
          // Ctrl-C reaches every process of a terminal: nobody is to come back then.
          if (!wanted || signal.aborted) return;
          complain(`${name} ended by itself (${code ?? by}): ${process.lines().slice(-2).join(' | ')}`);
          starting = bringUp().catch((error: unknown) => complain(`${name} did not come back: ${String(error)}`));
        });
        return;
      } catch (error) {
        // While the broker or the database is away a start fails, and is made again.
        if (Date.now() > giveUpAt || !wanted || signal.aborted) throw error;
        await delay(AGAIN_MS);
      }
    }
  }
  await bringUp();

  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    wanted = false;
    await starting?.catch(() => undefined);
    const process = current;
    current = undefined;
    if (process === undefined) return;
    const ended = await (signal === 'SIGKILL' ? process.kill() : process.stop());
    if (signal === 'SIGTERM' && ended.code !== 0)
      complain(`${name} ended with ${ended.code ?? ended.signal} on SIGTERM`);
  };
  return {
    name,
    url: () => current?.url ?? '',
    pid: () => current?.pid,
    end,
    async start() {
      wanted = true;
      if (current !== undefined) return;
      starting = bringUp();
      await starting;
    },
    close: () => end('SIGTERM'),
  };
}

/** The client of a part that may be away just now. */
export const clientOf = (part: Part): Client => createClient(part.url(), ADMIN_KEY);

/** Resident memory of a process in MB; undefined where it does not run. */
export function residentMb(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Math.round(Number(kb) / 1_024);
  } catch {
    return undefined;
  }
}
