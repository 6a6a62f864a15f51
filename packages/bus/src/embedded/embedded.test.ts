import { testBus } from '../conformance/index.ts';
import { embeddedFixture } from './testing/fixture.ts';

testBus('the embedded bus', embeddedFixture);
