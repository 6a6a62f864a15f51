import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { DatabaseStats } from './index.ts';
import { createWorkplace, type Workplace } from './testing/workplace.ts';

let place: Workplace;
beforeEach(() => {
  place = createWorkplace();
});
afterEach(() => place.dispose());

test('kill -9 loses nothing that was acknowledged', async () => {
  for (const lines of [10, 200, 500]) {
    const earlier = place.write();
    await earlier.printed(lines);
    await earlier.kill();
    const database = await place.open();
    const stored = await database.call('notes.bodies', null);
    expect(stored).toEqual(expect.arrayContaining(earlier.lines.slice(1)));
    await database.call('notes.clear', null);
    await database.close();
  }
});

const hasStrace = spawnSync('strace', ['-V']).status === 0;
(hasStrace ? test : test.skip)('each commit is one fsync, and it serves all who wait', async () => {
  const trace = `${place.file}.trace`;
  const writer = place.write(400, ['strace', '-f', '-o', trace, '-e', 'trace=fsync,fdatasync']);
  await writer.exited;
  const stats: DatabaseStats = JSON.parse(writer.lines.at(-1) ?? '');
  expect(writer.lines).toContain('note 400');
  const syncs = readFileSync(trace, 'utf8').match(/ (fsync|fdatasync)\(/g)?.length ?? 0;
  expect(stats.commits).toBeGreaterThan(0);
  expect(syncs).toBeGreaterThanOrEqual(stats.commits);
  // Eight writers wait at a time: far fewer commits than notes.
  expect(stats.commits).toBeLessThanOrEqual(200);
});
