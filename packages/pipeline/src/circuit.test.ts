import { expect, test } from '@jest/globals';
import { createCircuit } from './circuit.ts';

/** A circuit that opens at three failures for a second; the time moves by hand. */
function setUp() {
  let now = 0;
  const circuit = createCircuit({ now: () => now, sleep: () => Promise.resolve() }, { failures: 3, openMs: 1_000 });
  return {
    circuit,
    pass: (ms: number) => (now += ms),
    /** Calls the provider so many times, as far as it is let through. */
    call(works: boolean, times = 1): void {
      for (let n = 0; n < times; n += 1) {
        const entered = circuit.enter();
        entered?.report(works);
        entered?.leave();
      }
    },
  };
}

test('opens at so many failures, lets one call through when its time is over, and closes when that works', () => {
  const { circuit, pass, call } = setUp();
  call(false, 2);
  expect(circuit.state()).toBe('closed');
  call(false);
  expect(circuit.state()).toBe('open');
  expect(circuit.enter()).toBeUndefined();
  pass(999);
  expect(circuit.enter()).toBeUndefined();
  pass(1);
  expect(circuit.state()).toBe('half-open');
  const probe = circuit.enter();
  expect(probe?.good()).toBe(true);
  expect(circuit.enter()).toBeUndefined();
  probe?.report(true);
  probe?.leave();
  expect(circuit.state()).toBe('closed');
  // What failed before counts no more.
  call(false, 2);
  expect(circuit.state()).toBe('closed');
});

test('opens again when the single call fails; one that was not made leaves its place to the next', () => {
  const { circuit, pass, call } = setUp();
  call(false, 3);
  pass(1_000);
  circuit.enter()?.leave();
  const probe = circuit.enter();
  expect(probe).toBeDefined();
  probe?.report(false);
  probe?.leave();
  expect(circuit.state()).toBe('open');
  pass(999);
  expect(circuit.enter()).toBeUndefined();
});

test('failures among many replies that work, and failures long ago, do not open it', () => {
  const { circuit, pass, call } = setUp();
  for (let n = 0; n < 20; n += 1) {
    call(true, 2);
    call(false);
  }
  expect(circuit.state()).toBe('closed');
  const rare = setUp();
  for (let n = 0; n < 10; n += 1) {
    rare.call(false);
    rare.pass(31_000);
  }
  expect(rare.circuit.state()).toBe('closed');
  pass(0);
});

test('half of the latest replies that fail do open it', () => {
  const { circuit, call } = setUp();
  call(true, 100);
  for (let n = 0; n < 10; n += 1) {
    call(false);
    call(true);
  }
  expect(circuit.state()).toBe('open');
});

test('calls from before it opened say nothing of the provider after it', () => {
  const { circuit, pass, call } = setUp();
  const early = circuit.enter();
  call(false, 3);
  expect(early?.good()).toBe(false);
  early?.report(true);
  expect(circuit.state()).toBe('open');
  pass(1_000);
  early?.report(true);
  early?.report(false);
  expect(circuit.state()).toBe('half-open');
  call(true);
  expect(circuit.state()).toBe('closed');
  for (let n = 0; n < 3; n += 1) early?.report(false);
  expect(circuit.state()).toBe('closed');
});

test('a clock that is set back does not keep it open for as long', () => {
  const { circuit, pass, call } = setUp();
  pass(3_600_000);
  call(false, 3);
  expect(circuit.state()).toBe('open');
  pass(-3_600_000);
  expect(circuit.state()).toBe('half-open');
});
