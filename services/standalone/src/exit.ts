import { isOutage, Misconfigured } from '@herald/contracts';
import { loadConfig, type Config, type Environment } from '@herald/service-kit';
import { OpenError } from '@herald/sqlite';

/** Exit codes of sysexits.h: a wrong setting, and data or servers that cannot be used now. */
const EX_CONFIG = 78;
const EX_TEMPFAIL = 75;

/** A line for whoever starts the process. */
export const tell = (line: string): void => void process.stderr.write(`herald: ${line}\n`);

function fail(code: number, lines: readonly string[]): never {
  lines.forEach(tell);
  process.exit(code);
}

/** Runs a process with its settings; a start that cannot work ends with what is wrong, a line each. */
export async function startWith(env: Environment, run: (config: Config) => Promise<void>): Promise<void> {
  const loaded = loadConfig(env);
  if (!loaded.ok) fail(EX_CONFIG, loaded.problems);
  try {
    await run(loaded.config);
  } catch (error) {
    if (error instanceof Misconfigured) fail(EX_CONFIG, error.message.split('\n'));
    if (error instanceof OpenError || isOutage(error)) fail(EX_TEMPFAIL, [error.message]);
    throw error;
  }
}
