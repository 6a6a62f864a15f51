import { expect, test } from '@jest/globals';
import { unanswered } from './sender.ts';

const batch = (topic: string, partition: number) => ({ topic, partition, messages: [] });
const reply = (topicName: string, partition: number, errorCode = 0) => ({ topicName, partition, errorCode });

test('only what a broker has answered for counts as sent', () => {
  const batches = [batch('a', 0), batch('a', 1), batch('b', 0)];
  expect(unanswered(batches, [reply('a', 0), reply('a', 1), reply('b', 0)])).toEqual([]);
  expect(unanswered(batches, [reply('a', 0), reply('b', 1), reply('b', 0, 6)])).toEqual([batch('a', 1), batch('b', 0)]);
});
