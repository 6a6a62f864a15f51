import { expect, test } from '@jest/globals';
import { BLOWS, MOODS, nameOf, planFaults } from './plan.ts';

test('a plan follows from its seed, and has every kind of fault before any comes again', () => {
  for (const mode of ['embedded', 'distributed'] as const) {
    const plan = planFaults(7, mode, 600_000);
    expect(planFaults(7, mode, 600_000)).toEqual(plan);
    expect(planFaults(8, mode, 600_000)).not.toEqual(plan);
    const kinds = plan.map((fault) => (fault.kind === 'mood' ? fault.mood : fault.blow));
    const blows = mode === 'embedded' ? BLOWS.slice(0, 3) : BLOWS;
    const first = kinds.slice(0, MOODS.length + (mode === 'embedded' ? 2 : 1) * blows.length);
    expect(new Set(first)).toEqual(new Set([...MOODS, ...blows]));
    expect(plan.every(({ at, lastsMs }) => at >= 4_000 && at + lastsMs <= 594_000)).toBe(true);
    expect(plan.every((fault) => nameOf(fault) !== '')).toBe(true);
  }
});
