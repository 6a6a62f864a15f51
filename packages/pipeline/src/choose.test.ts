import { expect, test } from '@jest/globals';
import type { Channel } from '@herald/contracts';
import { createAccount, type Account } from './account.ts';
import { chooseAccount } from './choose.ts';
import { createCircuit } from './circuit.ts';

const clock = { now: () => 0, sleep: () => Promise.resolve() };

function accountsOf(...names: string[]): Map<string, Account<Channel>> {
  const accounts = new Map<string, Account<Channel>>();
  for (const name of names) {
    const send = () => Promise.resolve({ kind: 'accepted', providerMessageId: 'x' } as const);
    const provider = { name, capacity: 1, send, close: () => Promise.resolve() };
    const circuit = createCircuit(clock, { failures: 1, openMs: 1_000 });
    accounts.set(name, createAccount(provider, clock, { circuit }));
  }
  return accounts;
}
const fail = (accounts: Map<string, Account<Channel>>, name: string): void =>
  accounts.get(name)?.circuit.enter()?.report(false);
const chosen = (...asked: Parameters<typeof chooseAccount<Channel>>): string => {
  const choice = chooseAccount(...asked);
  return 'kind' in choice ? choice.reason : choice.account.name;
};

test('the first of the list that is configured and works', () => {
  const accounts = accountsOf('a', 'b');
  expect(chosen(accounts, ['x', 'b', 'a'], {})).toBe('b');
  fail(accounts, 'b');
  expect(chosen(accounts, ['x', 'b', 'a'], {})).toBe('a');
  fail(accounts, 'a');
  expect(chosen(accounts, ['x', 'b', 'a'], {})).toBe('circuit-open');
  expect(chosen(accounts, ['x'], {})).toBe('provider-missing');
});

test('after a failure the next one is asked first, and the one that failed last', () => {
  const accounts = accountsOf('a', 'b', 'c');
  const list = ['a', 'b', 'c'];
  expect(chosen(accounts, list, { leftProvider: 'a' })).toBe('b');
  expect(chosen(accounts, list, { leftProvider: 'c' })).toBe('a');
  // The surface was changed since.
  expect(chosen(accounts, list, { leftProvider: 'x' })).toBe('a');
  fail(accounts, 'b');
  fail(accounts, 'c');
  expect(chosen(accounts, list, { leftProvider: 'a' })).toBe('a');
});

test('what may have been taken stays with its provider, whatever becomes of it', () => {
  const accounts = accountsOf('a', 'b');
  expect(chosen(accounts, ['a', 'b'], { keepsProvider: 'b', leftProvider: 'b' })).toBe('b');
  expect(chosen(accounts, ['a'], { keepsProvider: 'b' })).toBe('b');
  expect(chosen(accounts, ['a', 'b'], { keepsProvider: 'x' })).toBe('provider-missing');
  fail(accounts, 'b');
  expect(chosen(accounts, ['a', 'b'], { keepsProvider: 'b' })).toBe('circuit-open');
});
