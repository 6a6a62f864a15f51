import { migrate } from './migrate.ts';

/** `npm run migrate -w @herald/store`: makes collections and indexes in the database at HERALD_MONGO_URL. */
const url = process.env['HERALD_MONGO_URL'];
try {
  if (url === undefined) throw new Error('HERALD_MONGO_URL is not set, for example mongodb://localhost:27017/herald');
  await migrate({ url });
  process.stdout.write('the database is ready\n');
} catch (error) {
  process.stderr.write(`${Error.isError(error) ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
