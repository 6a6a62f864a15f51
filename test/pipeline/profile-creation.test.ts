import { createHasher } from '@herald/service-kit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createBench, type Bench } from '../support/pipeline.ts';
import { createResolver, type Resolver } from '../../services/profile/src/resolve.ts';

let bench: Bench;
let resolve: Resolver;
beforeAll(async () => {
  bench = await createBench();
  resolve = createResolver(bench, createHasher('a key for the hashes of a test suite'), 2);
});
afterAll(() => bench.dispose());

const ask = (value: string, over: object = {}) =>
  resolve({
    org: 'acme',
    sandbox: 'prod',
    namespace: 'crm',
    value,
    create: { id: bench.runtime.newId(), at: new Date(bench.runtime.clock.now()).toISOString() },
    ...over,
  });

test('what is over the cap of a minute is created in the next one', async () => {
  const { clock } = bench.runtime;
  // At the beginning of a minute, so that it does not end in the middle of this.
  bench.advance(60_000 - (clock.now() % 60_000));
  const first = await Promise.all(['one', 'two', 'one', 'three'].map((value) => ask(value)));
  expect(first.map(({ kind }) => kind)).toEqual(['created', 'created', 'found', 'capped']);
  const [, , , capped] = first;
  const until = capped?.kind === 'capped' ? capped.until : 0;
  expect([until % 60_000, until > clock.now()]).toEqual([0, true]);
  expect(await ask('three')).toMatchObject({ kind: 'capped' });
  expect(await ask('one')).toMatchObject({ kind: 'found' });
  expect(await ask('four', { create: undefined })).toEqual({ kind: 'unknown' });
  expect(await ask('one', { sandbox: 'dev' })).toMatchObject({ kind: 'created' });
  bench.advance(until - clock.now());
  expect(await ask('three')).toMatchObject({ kind: 'created' });
});
