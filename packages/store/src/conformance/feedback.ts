import { describe, expect, test } from '@jest/globals';
import type { Tenant } from '@herald/contracts';
import type { FeedbackRecord } from '../port.ts';
import { anAttempt, NOW, unique } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, type Shared } from './subject.ts';

export const aFeedback = (tenant: Tenant, over: Partial<FeedbackRecord> = {}): FeedbackRecord => ({
  ...tenant,
  id: unique('feedback'),
  messageId: anAttempt().messageId,
  channel: 'email',
  kind: 'bounced',
  provider: 'smtp',
  at: NOW,
  reason: 'mailbox-unknown',
  bounce: 'hard',
  detail: '550 5.1.1',
  to: unique('to'),
  ...over,
});

export function feedbackCases(store: Shared): void {
  describe('feedback', () => {
    test('is stored once by its id, under any concurrency, and the first one stays', async () => {
      const tenant = newTenant();
      const one = aFeedback(tenant);
      const answers = await concurrently(10, () => store().feedback.insert([one]));
      expect(answers.flat().filter(Boolean)).toHaveLength(1);
      const other = aFeedback(tenant, { messageId: one.messageId });
      expect(await store().feedback.insert([{ ...one, reason: 'other' }, other, other])).toEqual([false, true, false]);
      expect(await store().feedback.ofMessages(tenant, [one.messageId])).toEqual([[one, other]]);
      expect(await store().feedback.insert([])).toEqual([]);
    });

    test('is found by message, by time, in the order that is asked for', async () => {
      const tenant = newTenant();
      const [first, second] = [anAttempt().messageId, anAttempt().messageId];
      const of = (messageId: string, at: number) => aFeedback(tenant, { messageId, at });
      const records = [of(first, NOW + 2), of(second, NOW), of(first, NOW + 1), of(first, NOW + 3)];
      await store().feedback.insert(records);
      const [late, other, early, latest] = records;
      const asked = [second, 'unknown', first, second];
      expect(await store().feedback.ofMessages(tenant, asked)).toEqual([[other], [], [early, late, latest], [other]]);
      expect(await store().feedback.ofMessages(tenant, [])).toEqual([]);
    });

    test('is found by the address that was sent to, from a time on; what is of no known address is not', async () => {
      const tenant = newTenant();
      const at = (ms: number, over: Partial<FeedbackRecord> = {}) =>
        aFeedback(tenant, { at: NOW + ms, to: 'a', ...over });
      const records = [at(0), at(1), at(2), at(2, { to: 'b' }), at(2, { channel: 'sms' })];
      const { to: _, ...nowhere } = at(2);
      await store().feedback.insert([...records, nowhere]);
      expect(await store().feedback.ofAddress(tenant, 'email', 'a', NOW + 1)).toEqual(records.slice(1, 3));
      expect(await store().feedback.ofAddress(tenant, 'email', 'a', NOW)).toEqual(records.slice(0, 3));
      expect(await store().feedback.ofAddress(tenant, 'sms', 'a', NOW)).toEqual(records.slice(4));
      expect(await store().feedback.ofAddress(tenant, 'email', '', NOW)).toEqual([]);
    });

    test('keeps every text', async () => {
      const tenant = newTenant();
      for (const hard of HARD_TEXTS) {
        const record = aFeedback(tenant, { detail: hard });
        await store().feedback.insert([record]);
        expect(await store().feedback.ofMessages(tenant, [record.messageId])).toEqual([[record]]);
      }
    });

    test('by a provider’s own id finds the message that was named first', async () => {
      const [provider, providerMessageId] = [unique('provider'), unique('id')];
      const names = [
        { provider, providerMessageId, messageId: 'first' },
        { provider, providerMessageId, messageId: 'second' },
        { provider: 'other', providerMessageId, messageId: 'theirs' },
      ];
      await store().feedback.name(names);
      await store().feedback.name(names.toReversed());
      await store().feedback.name([]);
      const asked = [...names, { provider, providerMessageId: 'unknown' }];
      expect(await store().feedback.named(asked)).toEqual(['first', 'first', 'theirs', undefined]);
      expect(await store().feedback.named([])).toEqual([]);
    });
  });
}
