import { describe, expect, test } from '@jest/globals';
import type { ExecutionFilter, ExecutionRecord, StoredExecution } from '../port.ts';
import { expectPaging, readAll } from './paging.ts';
import { anExecution, NOW } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, shuffled, type Shared } from './subject.ts';

const stored = (record: ExecutionRecord, confirmed = false): StoredExecution => ({ ...record, confirmed });

const keyNumber = (n: number) => ({ campaignId: `c${n % 3}`, requestId: `r${n}` });

export function executionCases(store: Shared): void {
  const insert = async (...records: ExecutionRecord[]) => store().executions.insert(records);

  describe('executions', () => {
    test('are read as they were inserted, by id and by request', async () => {
      const tenant = newTenant();
      for (const [n, text] of HARD_TEXTS.entries()) {
        const campaignId = `${n} ${text.toWellFormed()}`;
        const record = anExecution(tenant, { campaignId, requestId: campaignId, recipients: [text], bodyHash: text });
        expect(await insert(record)).toEqual([{ inserted: true }]);
        expect(await store().executions.get(tenant, record.executionId)).toEqual(stored(record));
        expect(await store().executions.findByRequest(tenant, campaignId, campaignId)).toEqual(stored(record));
      }
      expect(await store().executions.get(tenant, 'none')).toBeUndefined();
      expect(await store().executions.findByRequest(tenant, 'none', 'none')).toBeUndefined();
    });

    test('of one request, inserted 64 times at once, are one; all others are given it', async () => {
      const tenant = newTenant();
      const records = Array.from({ length: 64 }, (_, n) =>
        anExecution(tenant, { requestId: 'once', bodyHash: `body-${n % 2}` }),
      );
      const answers = (await Promise.all(records.map((record) => insert(record)))).flat();
      const winners = records.filter((_, index) => answers[index]?.inserted === true);
      expect(winners).toHaveLength(1);
      const [winner] = winners;
      const losers = answers.filter(({ inserted }) => !inserted);
      expect(losers).toEqual(losers.map(() => ({ inserted: false, stored: winner && stored(winner) })));
      expect((await store().executions.list(tenant, { limit: 10 })).items).toHaveLength(1);
    });

    test('of many requests, in overlapping batches at once, are inserted once each', async () => {
      const tenant = newTenant();
      const requests = Array.from({ length: 200 }, (_, n) => `request-${n}`);
      const batches = Array.from({ length: 8 }, (_, n) =>
        shuffled(requests, n).map((requestId) => anExecution(tenant, { requestId, bodyHash: `body-${n}` })),
      );
      const answers = await concurrently(8, (n) => insert(...(batches[n] ?? [])));
      const winners = new Map(
        batches.flatMap((batch, n) =>
          batch
            .filter((_, place) => answers[n]?.[place]?.inserted)
            .map((record) => [record.requestId, record] as const),
        ),
      );
      expect(winners.size).toBe(200);
      expect(answers.flat().filter(({ inserted }) => inserted)).toHaveLength(200);
      for (const [n, batch] of batches.entries()) {
        const losers = batch.filter((_, place) => answers[n]?.[place]?.inserted === false);
        const given = answers[n]?.flatMap((answer) => (answer.inserted ? [] : [answer.stored]));
        expect(given).toEqual(losers.map(({ requestId }) => ({ ...winners.get(requestId), confirmed: false })));
      }
    });

    test('inserted 64 times at once are inserted once', async () => {
      const record = anExecution(newTenant());
      const answers = (await concurrently(64, () => insert(record))).flat();
      expect(answers.filter(({ inserted }) => inserted)).toHaveLength(1);
      expect(answers.filter(({ inserted }) => !inserted)).toEqual(
        Array.from({ length: 63 }, () => ({ inserted: false, stored: stored(record) })),
      );
    });

    test('of one request in one batch: the first is inserted', async () => {
      const tenant = newTenant();
      const first = anExecution(tenant, { requestId: 'twice' });
      const second = anExecution(tenant, { requestId: 'twice' });
      const other = anExecution(tenant);
      expect(await insert(first, second, other)).toEqual([
        { inserted: true },
        { inserted: false, stored: stored(first) },
        { inserted: true },
      ]);
      expect(await store().executions.get(tenant, second.executionId)).toBeUndefined();
      expect(await insert()).toEqual([]);
    });

    test.each<Partial<ExecutionRecord>>([{ org: 'another' }, { sandbox: 'another' }, { campaignId: 'another' }])(
      'of one requestId are apart: %o',
      async (other) => {
        const first = anExecution(newTenant());
        const second = anExecution(first, { requestId: first.requestId, campaignId: first.campaignId, ...other });
        expect(await insert(first, second)).toEqual([{ inserted: true }, { inserted: true }]);
      },
    );

    test('inserted again after an unknown outcome are given themselves', async () => {
      const record = anExecution(newTenant());
      await insert(record);
      expect(await insert(record)).toEqual([{ inserted: false, stored: stored(record) }]);
    });

    test('are confirmed once and for all, whoever asks', async () => {
      const tenant = newTenant();
      const record = anExecution(tenant);
      const other = anExecution(tenant);
      await insert(record, other);
      await concurrently(10, () => store().executions.confirm([record.executionId, record.executionId]));
      await store().executions.confirm([]);
      expect(await store().executions.get(tenant, record.executionId)).toEqual(stored(record, true));
      expect(await insert(record)).toEqual([{ inserted: false, stored: stored(record, true) }]);
      const byRequest = store().executions.findByRequest(tenant, record.campaignId, record.requestId);
      expect(await byRequest).toEqual(stored(record, true));
      const { items } = await store().executions.list(tenant, { limit: 10 });
      expect(items).toEqual([stored(other), stored(record, true)]);
    });

    test('are listed page by page, newest first, confirmed or not', async () => {
      const tenant = newTenant();
      const add = async (n: number): Promise<string> => {
        const record = anExecution(tenant);
        await insert(record);
        if (n % 2 === 0) await store().executions.confirm([record.executionId]);
        return record.executionId;
      };
      const ids = [await add(0), await add(1), await add(2), await add(3), await add(4)].toReversed();
      await expectPaging({
        list: (page) => store().executions.list(tenant, page),
        idOf: ({ executionId }) => executionId,
        ids,
        add,
      });
    });

    test.each(['campaign', 'request', 'both', 'nothing'])('are listed by %s', async (filter) => {
      const tenant = newTenant();
      const records = Array.from({ length: 9 }, (_, n) => anExecution(tenant, keyNumber(n)));
      const again = Array.from({ length: 9 }, (_, n) =>
        anExecution(tenant, { ...keyNumber(n), campaignId: `c${(n + 1) % 3}` }),
      );
      await insert(...records, ...again);
      const wanted: ExecutionFilter = {
        ...(filter === 'campaign' || filter === 'both' ? { campaignId: 'c1' } : {}),
        ...(filter === 'request' || filter === 'both' ? { requestId: 'r4' } : {}),
      };
      const expected = [...records, ...again]
        .filter(
          (record) =>
            record.campaignId === (wanted.campaignId ?? record.campaignId) &&
            record.requestId === (wanted.requestId ?? record.requestId),
        )
        .toReversed();
      expect(expected.length).toBeGreaterThan(0);
      const listed = await readAll((page) => store().executions.list(tenant, { ...page, ...wanted }), 2);
      expect(listed).toEqual(expected.map((record) => stored(record)));
    });

    test('are listed by recipient, once each, page by page, with other filters too', async () => {
      const tenant = newTenant();
      const withRecipients = (recipients: string[], over: Partial<ExecutionRecord> = {}) =>
        anExecution(tenant, { recipients, ...over });
      const records = [
        withRecipients(['a', 'b']),
        withRecipients(['b']),
        withRecipients(['a', 'c', 'a'], { campaignId: 'other' }),
        withRecipients(['A', ' a']),
      ];
      await insert(...records);
      const of = (recipient: string, more: ExecutionFilter = {}) =>
        readAll((page) => store().executions.list(tenant, { ...page, recipient, ...more }), 1);
      expect(await of('a')).toEqual([records[2], records[0]].map((record) => record && stored(record)));
      expect(await of('b')).toHaveLength(2);
      expect(await of('a', { campaignId: 'other' })).toHaveLength(1);
      expect(await of('a', { requestId: records[0]?.requestId ?? '' })).toHaveLength(1);
      expect(await of('nobody')).toEqual([]);
    });

    test.each(['nothing', 'campaignId', 'requestId', 'recipient'] as const)(
      'are listed of a time, by %s',
      async (by) => {
        const tenant = newTenant();
        const filter = { campaignId: 'c', requestId: 'r', recipient: 'a' };
        const wanted = by === 'nothing' ? {} : { [by]: filter[by] };
        const records = [0, 0, 1, 1, 500, 500, 1_000, 1_001].map((ms, n) =>
          anExecution(tenant, {
            acceptedAt: NOW + ms,
            recipients: ['a', 'b'],
            ...(by === 'requestId' ? { requestId: 'r', campaignId: `c${n}` } : { campaignId: 'c' }),
          }),
        );
        // An answer may overtake another: what was accepted later can be stored earlier.
        await insert(...records.toReversed());
        for (const [from, to] of [[], [1], [undefined, 1_000], [1, 1_000], [1_000, 1_001], [5_000], [500, 500]]) {
          const range = {
            ...(from === undefined ? {} : { from: NOW + from }),
            ...(to === undefined ? {} : { to: NOW + to }),
          };
          const listed = await readAll((page) => store().executions.list(tenant, { ...page, ...wanted, ...range }), 2);
          const expected = records.filter(
            ({ acceptedAt }) => acceptedAt >= (range.from ?? 0) && acceptedAt < (range.to ?? Infinity),
          );
          expect(listed.map(({ acceptedAt }) => acceptedAt)).toEqual(
            expected.map(({ acceptedAt }) => acceptedAt).toReversed(),
          );
          const [, second] = listed;
          if (second !== undefined) {
            const behind = { ...wanted, ...range, after: second.executionId };
            expect(await readAll((page) => store().executions.list(tenant, { ...page, ...behind }), 2)).toEqual(
              listed.slice(2),
            );
          }
          expect(new Set(listed.map(({ executionId }) => executionId))).toEqual(
            new Set(expected.map(({ executionId }) => executionId)),
          );
        }
      },
    );

    test('are read many at once, in the order asked', async () => {
      const tenant = newTenant();
      const [a, b, other] = [anExecution(tenant), anExecution(tenant), anExecution(newTenant())];
      await insert(a, b, other);
      await store().executions.confirm([b.executionId]);
      const ids = [b, other, a, b].map(({ executionId }) => executionId);
      expect(await store().executions.getMany(tenant, [...ids, 'none'])).toEqual([
        stored(b, true),
        undefined,
        stored(a),
        stored(b, true),
        undefined,
      ]);
      expect(await store().executions.getMany(tenant, [])).toEqual([]);
    });

    test('of one millisecond are as many as they like', async () => {
      const tenant = newTenant();
      const records = Array.from({ length: 5_000 }, () => anExecution(tenant, { acceptedAt: NOW + 7, recipients: [] }));
      for (let from = 0; from < records.length; from += 500) await insert(...records.slice(from, from + 500));
      const listed = await readAll((page) => store().executions.list(tenant, page), 1_000);
      expect(listed.map(({ executionId }) => executionId)).toEqual(
        records.map(({ executionId }) => executionId).toReversed(),
      );
    });

    test('are cancelled once: the first mark stays, and is seen wherever the execution is', async () => {
      const tenant = newTenant();
      const [record, other] = [anExecution(tenant), anExecution(tenant)];
      await insert(record, other);
      const ids = [record.executionId, other.executionId, 'none'];
      expect(await store().executions.cancelled(ids)).toEqual([false, false, false]);
      await Promise.all(
        [1, 2, 3].map((at) => store().executions.cancel(record.executionId, { at: NOW + at, by: `key-${at}` })),
      );
      const { cancelled } = (await store().executions.get(tenant, record.executionId)) ?? {};
      expect(cancelled).toMatchObject({ by: expect.stringMatching(/^key-/) });
      await store().executions.cancel(record.executionId, { at: NOW + 9, by: 'late' });
      expect(await store().executions.cancelled(ids)).toEqual([true, false, false]);
      expect((await store().executions.list(tenant, { limit: 10 })).items).toEqual([
        stored(other),
        { ...stored(record), cancelled },
      ]);
      expect(await store().executions.cancelled([])).toEqual([]);
    });

    test('overdue are found by deadline and id, of every tenant, page by page', async () => {
      // Long before any other case's, so that what is found is this case's.
      const base = NOW - 1_000_000_000;
      const tenants = [newTenant(), newTenant()];
      const deadlines = [5, 3, 3, 9, 1, 3, 7, 5];
      const records = deadlines.map((deadline, n) =>
        anExecution(tenants[n % 2] ?? newTenant(), { deadline: base + deadline, acceptedAt: base }),
      );
      await insert(...records);
      await store().executions.confirm(records.slice(0, 4).map(({ executionId }) => executionId));
      const expected = records
        .map((record, n) => stored(record, n < 4))
        .filter(({ deadline }) => deadline < base + 9)
        .toSorted((a, b) => a.deadline - b.deadline || (a.executionId < b.executionId ? -1 : 1));
      expect(expected).toHaveLength(7);
      expect(await store().executions.overdue({ before: base + 9, limit: 100 })).toEqual(expected);
      const paged: StoredExecution[] = [];
      for (;;) {
        const last = paged.at(-1);
        const page = await store().executions.overdue({
          before: base + 9,
          limit: 2,
          ...(last === undefined ? {} : { after: { deadline: last.deadline, executionId: last.executionId } }),
        });
        if (page.length === 0) break;
        expect(page.length).toBeLessThanOrEqual(2);
        paged.push(...page);
      }
      expect(paged).toEqual(expected);
      const [{ executionId } = { executionId: '' }] = expected;
      const beyond = { after: { deadline: base + 9, executionId }, limit: 100 };
      expect(await store().executions.overdue({ ...beyond, before: base + 9 })).toEqual([]);
      expect(await store().executions.overdue({ ...beyond, before: base + 3 })).toEqual([]);
    });

    test('how far the sweeper came is remembered, the last mark only', async () => {
      for (const mark of [
        { deadline: 7, executionId: 'a' },
        { deadline: 9, executionId: 'b' },
      ]) {
        await store().executions.markSwept(mark);
        expect(await store().executions.sweptTo()).toEqual(mark);
      }
    });
  });
}
