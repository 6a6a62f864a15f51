import type { Fixture } from '@herald/contracts';
import { describe, expect, test } from '@jest/globals';
import type { FixtureSummary } from '../port.ts';
import { aFixture } from './samples.ts';
import { HARD_TEXTS, newTenant, type Shared } from './subject.ts';

const MOST = 5;
const summaryOf = ({ name, modifiedAt, description }: Fixture): FixtureSummary => ({
  name,
  modifiedAt,
  ...(description === undefined ? {} : { description }),
});

export function fixtureCases(store: Shared): void {
  describe('fixtures', () => {
    test('are saved, replaced, listed by name and removed, each campaign its own', async () => {
      const tenant = newTenant();
      const { fixtures } = store();
      const [b, a] = [aFixture('b'), aFixture('A', { description: 'first' })];
      for (const one of [b, a]) expect(await fixtures.put(tenant, 'campaign', one, MOST)).toBe('written');
      expect(await fixtures.put(tenant, 'other', aFixture('b', { description: 'other' }), MOST)).toBe('written');
      expect(await fixtures.get(tenant, 'campaign', 'b')).toEqual(b);
      expect(await fixtures.list(tenant, 'campaign')).toEqual([summaryOf(a), summaryOf(b)]);

      const changed = aFixture('b', { description: 'changed' });
      expect(await fixtures.put(tenant, 'campaign', changed, MOST)).toBe('written');
      expect(await fixtures.get(tenant, 'campaign', 'b')).toEqual(changed);
      expect(await fixtures.remove(tenant, 'campaign', 'b')).toBe(true);
      expect(await fixtures.remove(tenant, 'campaign', 'b')).toBe(false);
      expect(await fixtures.get(tenant, 'campaign', 'b')).toBeUndefined();
      expect(await fixtures.list(tenant, 'campaign')).toEqual([summaryOf(a)]);
      expect(await fixtures.get(tenant, 'other', 'b')).toMatchObject({ description: 'other' });
    });

    test('keep every text', async () => {
      const tenant = newTenant();
      for (const [index, hard] of HARD_TEXTS.entries()) {
        const fixture = aFixture(`f${index % MOST}`, { description: hard });
        const { request } = fixture;
        const one = {
          ...fixture,
          request: { ...request, recipients: [{ ...request.recipients[0], context: { [hard]: hard } }] },
        };
        await store().fixtures.put(tenant, `campaign ${hard}`, one as Fixture, MOST);
        expect(await store().fixtures.get(tenant, `campaign ${hard}`, one.name)).toEqual(one);
      }
    });

    test('are no more than said, under any concurrency; a replacement always has room', async () => {
      const tenant = newTenant();
      const { fixtures } = store();
      const names = Array.from({ length: 4 * MOST }, (_, n) => `f${n}`);
      const answers = await Promise.all(names.map((name) => fixtures.put(tenant, 'campaign', aFixture(name), MOST)));
      const kept = await fixtures.list(tenant, 'campaign');
      expect(kept.length).toBeLessThanOrEqual(MOST);
      expect(kept.map(({ name }) => name).toSorted()).toEqual(
        names.filter((_, place) => answers[place] === 'written').toSorted(),
      );
      for (const name of names) await fixtures.put(tenant, 'campaign', aFixture(name), MOST);
      expect(await fixtures.list(tenant, 'campaign')).toHaveLength(MOST);
      expect(await fixtures.put(tenant, 'campaign', aFixture('one-more'), MOST)).toBe('full');
      const [first] = await fixtures.list(tenant, 'campaign');
      expect(await fixtures.put(tenant, 'campaign', aFixture(first?.name ?? ''), MOST)).toBe('written');
    });
  });
}
