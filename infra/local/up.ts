import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheFolder } from './kafka-libs.ts';
import { SERVERS, type ServerName } from './keeper.ts';
import { findKept, keepServer, stopKept } from './kept.ts';

/** What to put into the environment to use a server: of Herald itself, and of its suites. */
const EXPORTS: Readonly<Record<ServerName, (url: string) => Readonly<Record<string, string>>>> = {
  kafka: (url) => ({
    HERALD_KAFKA_BROKERS: url,
    HERALD_KAFKA_SINGLE_BROKER: 'true',
    HERALD_TEST_KAFKA_BROKERS: url,
  }),
  mongo: (url) => ({ HERALD_MONGO_URL: url, HERALD_TEST_MONGO_URL: url }),
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } });
const names = values.only?.split(',') ?? [...SERVERS];
const wanted = SERVERS.filter((name) => names.includes(name));
if (wanted.length < names.length) {
  console.error(`--only takes ${SERVERS.join(', ')}, separated by commas`);
  process.exit(64);
}
const dir = join(cacheFolder(), 'local');

async function up(): Promise<void> {
  for (const name of wanted) {
    const { url, pid } = await keepServer(name, { dir });
    console.log(`# ${name}: process ${pid}, log and data in ${join(dir, name)}`);
    for (const [variable, value] of Object.entries(EXPORTS[name](url))) console.log(`export ${variable}='${value}'`);
  }
}

async function down(): Promise<void> {
  for (const name of wanted) {
    const kept = await findKept(name, dir);
    if (kept !== undefined) await stopKept(kept);
    console.log(
      `# ${name} ${kept === undefined ? 'is not running' : `is stopped; its data stays in ${join(dir, name)}`}`,
    );
  }
}

try {
  await (positionals[0] === 'down' ? down() : up());
} catch (error) {
  console.error(Error.isError(error) ? error.message : error);
  process.exitCode = 1;
}
