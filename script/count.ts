import { existsSync, readFileSync } from 'node:fs';

/** Prints the closing line of `script/test` and decides its exit code. A suite that did not run is a failure. */
const [report = '', check = '1', jest = '1'] = process.argv.slice(2);

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly numTotalTestSuites: number;
  readonly numPendingTests: number;
}

const none: Report = {
  numPassedTests: 0,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 1,
  numTotalTestSuites: 0,
  numPendingTests: 0,
};
const tests: Report = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : none;
const checks = check === '0' ? 1 : 0;
const passed = tests.numPassedTests + checks;
// A test may be skipped where a tool or a server is missing on somebody's machine, never where a submission is judged.
const skipped = process.env['CI'] === undefined ? tests.numPendingTests : 0;
const failed = tests.numFailedTests + tests.numRuntimeErrorTestSuites + tests.numPendingTests - skipped + (1 - checks);
const ran = tests.numTotalTestSuites > 0 && tests.numPassedTests > 0;

if (skipped > 0) process.stdout.write(`${skipped} skipped: what they need is not on this machine, see above\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = ran && failed === 0 && jest === '0' ? 0 : 1;
