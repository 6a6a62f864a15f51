import { describe } from '@jest/globals';
import { acknowledging } from './acknowledging.ts';
import { consuming } from './consuming.ts';
import type { Fixture } from './fixture.ts';
import { groups } from './groups.ts';
import { publishing } from './publishing.ts';
import { surviving } from './surviving.ts';
import { time } from './time.ts';

export { topic, type BusUnderTest, type Features, type Fixture, type RawRecord } from './fixture.ts';
export { publishOn, testBusOutages, type Load, type OutageFixture, type OutageUnderTest } from './outages.ts';
export { runUntilKilled } from './process.ts';
export { always, join, lagOf, record, records, until, type Recorder } from './support.ts';

/** Every promise of the port, as cases that any implementation must pass. */
export function testBus(name: string, fixture: Fixture): void {
  describe(name, () => {
    publishing(fixture);
    consuming(fixture);
    acknowledging(fixture);
    groups(fixture);
    time(fixture);
    surviving(fixture);
  });
}
