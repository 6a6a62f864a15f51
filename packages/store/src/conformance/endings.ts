import { describe, expect, test } from '@jest/globals';
import { FINAL_STATES, messageIdOf, type Tenant } from '@herald/contracts';
import type { EndingFilter, EndingRecord } from '../port.ts';
import { expectPaging, readAll } from './paging.ts';
import { executionIdAt, NOW } from './samples.ts';
import { concurrently, newTenant, type Shared } from './subject.ts';

export const anEnding = (tenant: Tenant, over: Partial<EndingRecord> = {}): EndingRecord => ({
  ...tenant,
  messageId: messageIdOf(executionIdAt(NOW), 0),
  round: 1,
  campaignId: 'campaign',
  state: 'sent',
  reason: 'accepted',
  ...over,
});

export function endingCases(store: Shared): void {
  describe('endings', () => {
    const list = (tenant: Tenant, filter: EndingFilter, limit = 3) =>
      readAll((page) => store().endings.list(tenant, { ...page, ...filter }), limit);

    test('are found by state, reason, campaign and time, in any combination, newest call first', async () => {
      const tenant = newTenant();
      const reasons = ['a', 'b', 'a-b'];
      const records = Array.from({ length: 120 }, (_, n) =>
        anEnding(tenant, {
          messageId: messageIdOf(executionIdAt(NOW + n * 10), 0),
          campaignId: `c${n % 7}`,
          state: FINAL_STATES[n % 5] ?? 'sent',
          reason: reasons[n % 3] ?? '',
        }),
      );
      await store().endings.insert(records.slice(60));
      await store().endings.insert(records.slice(0, 60));
      for (const state of [undefined, 'sent', 'dead'] as const) {
        for (const reason of [undefined, 'a', 'a-b', 'none']) {
          for (const campaignId of [undefined, 'c1', 'none']) {
            for (const [from, to] of [[], [NOW + 200], [undefined, NOW + 900], [NOW + 200, NOW + 900]]) {
              const filter = {
                ...(state && { state }),
                ...(reason && { reason }),
                ...(campaignId && { campaignId }),
                ...(from && { from }),
                ...(to && { to }),
              };
              const expected = records.filter(
                (record, n) =>
                  (state ?? record.state) === record.state &&
                  (reason ?? record.reason) === record.reason &&
                  (campaignId ?? record.campaignId) === record.campaignId &&
                  NOW + n * 10 >= (from ?? 0) &&
                  NOW + n * 10 < (to ?? Infinity),
              );
              const ids = expected.map(({ messageId }) => messageId).toReversed();
              expect([filter, await list(tenant, filter)]).toEqual([filter, ids]);
            }
          }
        }
      }
    });

    test('of one call come in its order', async () => {
      const tenant = newTenant();
      const executionId = executionIdAt(NOW);
      const ids = [0, 1, 2, 9, 10, 11, 100].map((place) => messageIdOf(executionId, place));
      await store().endings.insert(ids.map((messageId) => anEnding(tenant, { messageId })));
      expect(await list(tenant, { state: 'sent' }, 2)).toEqual(ids);
    });

    test('are inserted once per message and round, and a message is listed once', async () => {
      const tenant = newTenant();
      const messageId = messageIdOf(executionIdAt(NOW), 0);
      const rounds = [1, 2, 3].map((round) =>
        anEnding(tenant, { messageId, round, state: 'dead', reason: 'exhausted' }),
      );
      await concurrently(10, () => store().endings.insert(rounds));
      const sent = anEnding(tenant, { messageId, round: 4 });
      await store().endings.insert([sent, sent]);
      await store().endings.insert([]);
      const other = anEnding(tenant, { messageId: messageIdOf(executionIdAt(NOW - 1), 0), state: 'dead', reason: 'x' });
      await store().endings.insert([other]);
      for (const limit of [1, 2, 10]) {
        expect(await list(tenant, { state: 'dead' }, limit)).toEqual([messageId, other.messageId]);
        expect(await list(tenant, {}, limit)).toEqual([messageId, other.messageId]);
      }
      expect(await list(tenant, { state: 'sent' })).toEqual([messageId]);
    });

    test('are read as they are, of a range of executions, each message with all its rounds', async () => {
      const tenant = newTenant();
      const executions = Array.from({ length: 6 }, (_, n) => executionIdAt(NOW + n * 10));
      const records = executions.flatMap((executionId, n) =>
        [0, 1, 10].flatMap((index) =>
          Array.from({ length: 1 + ((n + index) % 3) }, (_, round) =>
            anEnding(tenant, {
              messageId: messageIdOf(executionId, index),
              round: round + 1,
              state: FINAL_STATES[(n + round) % 5] ?? 'sent',
              reason: `reason-${index}`,
            }),
          ),
        ),
      );
      await store().endings.insert(records.toReversed());
      const entriesOf = (ids: readonly string[]) =>
        ids
          .toReversed()
          .flatMap((id) =>
            records
              .filter(({ messageId }) => messageId.startsWith(`${id}.`))
              .map(({ messageId, round, state, reason }) => ({ messageId, round, state, reason })),
          );
      const read = async (page: object, limit: number) => {
        const items = [];
        let cursor: string | undefined;
        do {
          const found = await store().endings.entries(tenant, { limit, ...page, ...(cursor && { cursor }) });
          items.push(...found.items);
          expect(new Set(found.items.map(({ messageId }) => messageId)).size).toBeLessThanOrEqual(limit);
          cursor = found.next;
        } while (cursor !== undefined);
        return items;
      };
      for (const limit of [1, 2, 5, 100]) {
        expect(await read({}, limit)).toEqual(entriesOf(executions));
        const [, second, , , fifth] = executions;
        expect(await read({ first: second, before: fifth }, limit)).toEqual(entriesOf(executions.slice(1, 4)));
        expect(await read({ from: NOW + 10, to: NOW + 40 }, limit)).toEqual(entriesOf(executions.slice(1, 4)));
        expect(await read({ from: NOW + 10, before: fifth }, limit)).toEqual(entriesOf(executions.slice(1, 4)));
        expect(await read({ first: second, before: second }, limit)).toEqual([]);
      }
      await expect(store().endings.entries(tenant, { limit: 0 })).rejects.toThrow(new RangeError('limit'));
      await expect(store().endings.entries(tenant, { limit: 1, cursor: 'x' })).rejects.toThrow(
        new RangeError('cursor'),
      );
    });

    test('are listed page by page', async () => {
      const tenant = newTenant();
      const add = async (n: number): Promise<string> => {
        const ending = anEnding(tenant, { reason: `reason-${n % 2}` });
        await store().endings.insert([ending]);
        return ending.messageId;
      };
      const ids = [await add(0), await add(1), await add(2), await add(3)].toReversed();
      await expectPaging({ list: (page) => store().endings.list(tenant, page), idOf: (id) => id, ids, add });
    });
  });
}
