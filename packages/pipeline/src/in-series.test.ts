import { expect, test } from '@jest/globals';
import { inSeries } from './in-series.ts';
import type { Message } from './message.ts';

type Any = Message<'execution.requested.v1'>;

const message = (key: string, messageId: string): Any =>
  ({ meta: { key, messageId }, body: {}, source: {} }) as unknown as Any;

function controlled() {
  const started: string[] = [];
  const finish = new Map<string, (error?: Error) => void>();
  const run = (batch: readonly Any[]): Promise<void>[] =>
    batch.map(({ meta }) => {
      started.push(meta.messageId);
      return new Promise((resolve, reject) => {
        finish.set(meta.messageId, (error) => (error ? reject(error) : resolve()));
      });
    });
  return { started, finish, handle: inSeries(run) };
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

test('messages of one key run one after the other, those of other keys at once', async () => {
  const { started, finish, handle } = controlled();
  const done = handle([message('a', 'a1'), message('a', 'a2'), message('b', 'b1')]);
  expect(started).toEqual(['a1', 'b1']);
  const later = handle([message('a', 'a3')]);
  finish.get('a1')?.();
  await settle();
  expect(started).toEqual(['a1', 'b1', 'a2']);
  finish.get('a2')?.();
  await settle();
  expect(started).toEqual(['a1', 'b1', 'a2', 'a3']);
  finish.get('a3')?.();
  finish.get('b1')?.();
  await Promise.all([...done, ...later]);
});

test('a failure is told to the message it belongs to, and the series goes on', async () => {
  const { started, finish, handle } = controlled();
  const [first, second] = handle([message('a', 'a1'), message('a', 'a2')]);
  finish.get('a1')?.(new Error('broken'));
  await expect(first).rejects.toThrow('broken');
  await settle();
  expect(started).toEqual(['a1', 'a2']);
  finish.get('a2')?.();
  await second;
});
