import { expect, test } from '@jest/globals';
import { createServers, type Visit } from './servers.ts';

function setUp(capacity = 8) {
  let now = 0;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const servers = createServers(capacity, clock);
  return {
    servers,
    pass: (ms: number) => (now += ms),
    /** One call that takes so long. */
    called(server: string, tookMs: number): void {
      const visit = servers.enter(server);
      const over = visit?.call();
      now += tookMs;
      over?.();
      visit?.leave();
    },
    /** How many get in when many want to. */
    admit(server: string): readonly Visit[] {
      return Array.from({ length: 20 }, () => servers.enter(server)).filter((visit) => visit !== undefined);
    },
  };
}

test('a server that answers in time is let have all there is', () => {
  const { called, admit } = setUp();
  called('quick', 50);
  expect(admit('quick')).toHaveLength(20);
});

test('while nobody has answered yet nobody is kept waiting', () => {
  const { admit } = setUp();
  expect(admit('a')).toHaveLength(20);
  expect(admit('b')).toHaveLength(20);
});

test('one that was slow has a quarter, until most of its answers are in time', () => {
  const { called, admit } = setUp();
  called('slow', 1_001);
  const visits = admit('slow');
  expect(visits).toHaveLength(2);
  for (const visit of visits) visit.leave();
  for (let calls = 0; calls < 10; calls += 1) called('slow', 10);
  expect(admit('slow')).toHaveLength(20);
});

test('a late answer now and then, and a call that hangs, do not make one slow', () => {
  const { called, pass, servers, admit } = setUp();
  for (let calls = 0; calls < 20; calls += 1) called('quick', calls % 5 === 4 ? 1_500 : 10);
  servers.enter('quick')?.call();
  pass(5_000);
  expect(admit('quick')).toHaveLength(20);
});

test('one that hangs is slow before its calls are over, and what waits for it is not to go on', () => {
  const { servers, pass, admit } = setUp();
  const visits = admit('hangs');
  for (const visit of visits.slice(0, 2)) visit.call();
  expect(visits[2]?.good()).toBe(true);
  pass(1_001);
  expect(servers.enter('hangs')).toBeUndefined();
  // They leave one by one, down to the share.
  const stayed = visits.filter((visit) => {
    const good = visit.good();
    if (!good) visit.leave();
    return good;
  });
  expect(stayed).toHaveLength(2);
});

test('all that are slow have a half together, whatever they are called', () => {
  const { called, admit } = setUp();
  for (const name of ['a', 'b', 'c', 'd']) called(name, 2_000);
  expect(['a', 'b', 'c', 'd'].map((name) => admit(name).length)).toEqual([2, 2, 0, 0]);
});

test('so have those that were never heard of, where others are known to answer in time', () => {
  const { called, servers } = setUp();
  called('quick', 50);
  const strangers = Array.from({ length: 20 }, (_, index) => servers.enter(`new-${index}`));
  expect(strangers.filter((visit) => visit !== undefined)).toHaveLength(4);
  expect(servers.enter('quick')).toBeDefined();
});

test('with one connection there is still one for everybody', () => {
  const { called, servers } = setUp(1);
  called('slow', 2_000);
  expect(servers.enter('slow')).toBeDefined();
});

test('a thousand servers that came once are not remembered, and one that is visited is', () => {
  const { called, servers, admit } = setUp();
  called('slow', 2_000);
  const visits = admit('slow');
  for (let index = 0; index < 1_000; index += 1) called(`other-${index}`, 10);
  expect(servers.enter('slow')).toBeUndefined();
  for (const visit of visits) visit.leave();
  for (let index = 0; index < 1_000; index += 1) called(`other-${index}`, 10);
  expect(admit('slow')).toHaveLength(4);
});
