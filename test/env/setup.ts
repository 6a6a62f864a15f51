import { beginRun } from './run.ts';

/** Only makes a folder: servers are started when a suite asks for them. */
export default async function setup(): Promise<void> {
  process.env['HERALD_TEST_PARENT'] = String(process.pid);
  await beginRun();
}
