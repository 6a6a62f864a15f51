import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { systemRuntime } from '@herald/service-kit';
import { aClaim, anAttempt } from '@herald/store/conformance';
import { createMongoStore, migrate } from '@herald/store/mongo';
import { BUILD_MS, dropDatabase, dropIndex, mongoServer, newDatabase } from './mongo-server.ts';

const COMMAND = fileURLToPath(new URL('../../packages/store/src/mongo/migrate-main.ts', import.meta.url));
const TENANT = { org: 'org', sandbox: 'prod' };

let server: Awaited<ReturnType<typeof mongoServer>>;
let database: string;
beforeAll(async () => {
  server = await mongoServer();
}, BUILD_MS);
afterAll(() => server.stop());
beforeEach(() => {
  database = newDatabase();
});
afterEach(() => dropDatabase(server.url, database));

const open = () => createMongoStore({ url: server.url, database, newId: systemRuntime.newId });

/** The command that the error names, on this test's database. */
const runCommand = (url: string | undefined) =>
  promisify(execFile)(process.execPath, [COMMAND], {
    env: { PATH: process.env['PATH'], ...(url === undefined ? {} : { HERALD_MONGO_URL: url }) },
  });

test('a store does not start on a database that was not migrated; one line says what to run', async () => {
  const error: unknown = await open().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  const { message } = error as Error;
  expect(message).toContain(`"${database}"`);
  expect(message).toContain('executions (deadline, executionId)');
  expect(message).toContain('npm run migrate -w @herald/store');
  expect(message).not.toContain('\n');
  await runCommand(server.url.replace('/?', `/${database}?`));
  await (await open()).close();
});

test('a single index that is missing is named, and made by the next migration', async () => {
  await migrate({ url: server.url, database });
  await dropIndex(server.url, database, 'executions', 'campaign_1_executionId_1');
  await expect(open()).rejects.toThrow(`the database "${database}" lacks executions (campaign, executionId): run`);
  await migrate({ url: server.url, database });
  await (await open()).close();
});

test('a migration is no harm to a store in use, run by many at once', async () => {
  await migrate({ url: server.url, database });
  const store = await open();
  try {
    const key = anAttempt();
    await store.ledger.claim([aClaim(TENANT, key)]);
    const revision = await store.configRevision();
    await Promise.all(Array.from({ length: 5 }, () => migrate({ url: server.url, database })));
    expect(await store.ledger.attempts([key])).toEqual([{ claim: aClaim(TENANT, key), takeovers: [] }]);
    expect(await store.configRevision()).toBe(revision);
  } finally {
    await store.close();
  }
});

test('the command without a database, or with a wrong one, says so in one line', async () => {
  await expect(runCommand(undefined)).rejects.toMatchObject({
    code: 1,
    stderr: 'HERALD_MONGO_URL is not set, for example mongodb://localhost:27017/herald\n',
  });
  await expect(runCommand('mongodb://127.0.0.1:1/')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^the database does not answer: .*ECONNREFUSED.*\n$/),
  });
  await expect(runCommand('http://127.0.0.1:1/')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^.+\n$/),
  });
});
