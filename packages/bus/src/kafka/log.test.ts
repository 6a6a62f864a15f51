import { expect, test } from '@jest/globals';
import { logLevel } from 'kafkajs';
import { createLogFilter } from './log.ts';
import type { KafkaLogLine } from './observer.ts';

const said = (message: string, more: object = {}) => ({
  namespace: 'x',
  level: logLevel.ERROR,
  label: 'ERROR',
  log: { timestamp: '', message, ...more },
});

test('lines of one kind are told once in half a minute, and then how many there were', () => {
  const lines: KafkaLogLine[] = [];
  let now = 0;
  const filter = createLogFilter(
    (line) => lines.push(line),
    () => now,
  );
  for (let port = 40_000; port < 40_100; port += 1) filter.entry(said(`connect ECONNREFUSED 127.0.0.1:${port}`));
  filter.entry(said('another kind', { topic: 't', partition: 3, groupId: 'g', broker: 'b:1', value: 'secret' }));
  expect(lines).toEqual([
    { level: 'error', message: 'kafkajs: connect ECONNREFUSED 127.0.0.1:40000', suppressed: 0 },
    {
      level: 'error',
      message: 'kafkajs: another kind',
      topic: 't',
      partition: 3,
      group: 'g',
      broker: 'b:1',
      suppressed: 0,
    },
  ]);
  now = 30_000;
  filter.entry(said('connect ECONNREFUSED 127.0.0.1:50000'));
  expect(lines.at(-1)).toMatchObject({ suppressed: 99 });
});

test('kinds without end take no memory without end, and what every rebalance says is left out', () => {
  const lines: KafkaLogLine[] = [];
  const filter = createLogFilter(
    (line) => lines.push(line),
    () => 0,
  );
  filter.entry(said('The group is rebalancing, re-joining'));
  filter.entry(said('Response Heartbeat(key: 12, version: 3)'));
  expect(lines).toEqual([]);
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  for (const a of letters) for (const b of letters) filter.entry(said(`${a}${b}`));
  expect(lines).toHaveLength(26 * 26);
});
