import { test } from '@jest/globals';
import { keepServer } from '../../infra/local/kept.ts';
import type { ServerName } from '../../infra/local/keeper.ts';
import { dockerAnswers, startContainer } from './containers.ts';
import { sharedServer, type Found } from './run.ts';

export interface Environment {
  readonly kafka?: { readonly brokers: readonly string[] };
  readonly mongo?: { readonly url: string };
  /** Where each of them comes from. */
  readonly source: Readonly<Partial<Record<ServerName, Found['source']>>>;
}

const SETTINGS: Readonly<Record<ServerName, string>> = {
  kafka: 'HERALD_TEST_KAFKA_BROKERS',
  mongo: 'HERALD_TEST_MONGO_URL',
};

/**
 * The servers that a suite needs: those that the environment names, otherwise containers where Docker answers, otherwise
 * those of `infra/local`. They are started when the first suite of a run asks, shared by all, and stopped after the last
 * one. A suite that kills or restarts a server starts its own through `infra/local`.
 *
 * Where a server cannot be had, `CI` makes it an error; on somebody's machine it is left out, and the suite says so with
 * `notRun`.
 */
export async function launch(wanted: { readonly kafka?: true; readonly mongo?: true }): Promise<Environment> {
  const [kafka, mongo] = await Promise.all([
    wanted.kafka === true ? find('kafka') : undefined,
    wanted.mongo === true ? find('mongo') : undefined,
  ]);
  return {
    ...(kafka === undefined ? {} : { kafka: { brokers: kafka.url.split(',') } }),
    ...(mongo === undefined ? {} : { mongo: { url: mongo.url } }),
    source: {
      ...(kafka === undefined ? {} : { kafka: kafka.source }),
      ...(mongo === undefined ? {} : { mongo: mongo.source }),
    },
  };
}

/** In place of a suite whose server is missing. */
export function notRun(suite: string): void {
  test.skip(`${suite}: not run, its server is missing`, () => undefined);
}

/**
 * A server for one suite alone, which it may kill and restart; it is started by `start` from `infra/local`, and stopped by
 * the suite. Undefined where it cannot be had, as `launch` has it.
 */
export async function own<T>(name: ServerName, start: () => Promise<T>): Promise<T | undefined> {
  try {
    return await start();
  } catch (error) {
    return missing(name, error, `See what infra/local/up --only ${name} needs.`);
  }
}

async function find(name: ServerName): Promise<Found | undefined> {
  const given = process.env[SETTINGS[name]];
  if (given !== undefined && given !== '') return { url: given, source: 'environment' };
  try {
    return await sharedServer(name, async (folder) => {
      let noContainer = '';
      if (dockerAnswers()) {
        try {
          return { source: 'container', ...(await startContainer(name)) };
        } catch (error) {
          noContainer = `no container: ${reasonOf(error)}; `;
        }
      }
      try {
        const kept = await keepServer(name, { dir: folder, parent: Number(process.env['HERALD_TEST_PARENT']) });
        return { url: kept.url, source: 'local', kept };
      } catch (error) {
        throw new Error(noContainer + reasonOf(error), { cause: error });
      }
    });
  } catch (error) {
    const how = `Set ${SETTINGS[name]}, or start Docker, or see what infra/local/up --only ${name} needs.`;
    return missing(name, error, how);
  }
}

function missing(name: ServerName, error: unknown, how: string): undefined {
  const reason = reasonOf(error);
  if (process.env['CI'] !== undefined)
    throw new Error(`No ${name} for the suites: ${reason}\n${how}`, { cause: error });
  // Not by the console of jest, which keeps to itself what a skipped suite says.
  process.stderr.write(`No ${name}, so the suites that need it are not run: ${reason}\n${how}\n`);
  return undefined;
}

const reasonOf = (error: unknown): string => (Error.isError(error) ? error.message : String(error));
