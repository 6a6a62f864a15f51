import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Prints the closing line of `script/test` and decides its exit code. A suite that did not run is a failure. */
const [folder = '', check = '1', jest = '1'] = process.argv.slice(2);

/** What jest writes with `--json`. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly numTotalTestSuites: number;
  readonly numPendingTests: number;
}

const reports = readdirSync(folder).map((file): Report => JSON.parse(readFileSync(join(folder, file), 'utf8')));
const sum = (name: keyof Report): number => reports.reduce((total, report) => total + report[name], 0);

const checks = check === '0' ? 1 : 0;
const passed = sum('numPassedTests') + checks;
// A test may be skipped where a tool or a server is missing on somebody's machine, never where a submission is judged.
const skipped = process.env['CI'] === undefined ? sum('numPendingTests') : 0;
const ran = reports.length > 0 && reports.every((report) => report.numTotalTestSuites > 0 && report.numPassedTests > 0);
const broken = sum('numFailedTests') + sum('numRuntimeErrorTestSuites') + sum('numPendingTests') - skipped;
const known = broken + (1 - checks) + (ran ? 0 : 1);
// It may fail for a reason that is in no report.
const failed = known === 0 && jest !== '0' ? 1 : known;

if (skipped > 0) process.stdout.write(`${skipped} skipped: what they need is not on this machine, see above\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
