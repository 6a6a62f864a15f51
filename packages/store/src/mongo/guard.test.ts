import { describe, expect, test } from '@jest/globals';
import { createGuard } from './guard.ts';

const forever = (): Promise<never> => new Promise(() => undefined);

describe('a call that the driver forgets', () => {
  test('is an outage in bounded time, and is told of', async () => {
    const forgotten: string[] = [];
    const guard = createGuard({ longestMs: 20, onForgotten: (name) => forgotten.push(name) });
    const { resolve } = guard.around('profiles', { resolve: forever });
    await expect(resolve()).rejects.toMatchObject({
      name: 'Outage',
      code: 'unavailable',
      message: 'MongoDB: profiles.resolve did not end within 20 ms',
    });
    expect(forgotten).toEqual(['profiles.resolve']);
  });

  test('keeps nobody from closing', async () => {
    const guard = createGuard({ longestMs: 20 });
    const call = guard.run('configRevision', forever).catch((error: unknown) => error);
    await guard.close();
    expect(await call).toMatchObject({ code: 'unavailable' });
  });
});

test('a call that ends in time is answered, and what is left of its limit harms nobody', async () => {
  const forgotten: string[] = [];
  const guard = createGuard({ longestMs: 20, onForgotten: (name) => forgotten.push(name) });
  expect(await guard.run('one', async () => 1)).toBe(1);
  await expect(guard.run('two', async () => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');
  await guard.run('three', forever).catch(() => undefined);
  expect(forgotten).toEqual(['three']);
});
