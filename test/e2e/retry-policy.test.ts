import { afterEach, expect, test } from '@jest/globals';
import type { DeadLetterDetail } from '@herald/contracts';
import type { Store } from '@herald/store';
import { hasPorts, startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
afterEach(() => herald.dispose());

/** Nobody listens there: every attempt fails for now, and too few do for the circuit. The installation allows four. */
const DOWN = { HERALD_SMTP_URL: 'smtp://127.0.0.1:1', HERALD_CIRCUIT_FAILURES: '20' };

test('the campaign’s policy wins over the surface’s, and that one over the installation’s', async () => {
  herald = await startHerald(DOWN);
  const attemptsOf = async (campaign: object, surface: object): Promise<number> => {
    const { body } = await herald.trigger(await herald.campaign({ ...campaign }, surface));
    const message = await herald.finalMessage(body.executionId);
    expect(message).toMatchObject({ state: 'dead', reason: 'exhausted' });
    return message.attempts;
  };
  expect(await attemptsOf({}, {})).toBe(4);
  expect(await attemptsOf({}, { retryMs: [50] })).toBe(2);
  expect(await attemptsOf({ retryMs: [50, 50] }, { retryMs: [50] })).toBe(3);
  expect(await attemptsOf({ retryMs: [] }, { retryMs: [50] })).toBe(1);
});

test('a policy never reaches past the deadline', async () => {
  herald = await startHerald(DOWN);
  const retryMs = Array.from({ length: 20 }, () => 200);
  const { body } = await herald.trigger(await herald.campaign({ retryMs, timeToLive: 1 }));
  const message = await herald.finalMessage(body.executionId);
  expect(message).toMatchObject({ state: 'expired', reason: 'deadline' });
  expect(message.attempts).toBeLessThanOrEqual(6);
});

const testWithPorts = hasPorts() ? test : () => undefined;
testWithPorts(
  'a bug’s dead letter says where it happened, in Herald’s own code, and nothing that was sent',
  async () => {
    const store = (real: Store): Store => ({
      ...real,
      caps: {
        take: () => {
          throw new TypeError('quotes ada@example.com');
        },
      },
    });
    herald = await startHerald({}, { store });
    const { body } = await herald.trigger(await herald.campaign());
    const { messageId, reason } = await herald.finalMessage(body.executionId);
    expect(reason).toBe('internal-error');
    const letter = await until('the dead letter is there', async () => {
      const answer = await herald.call<DeadLetterDetail>(
        'GET',
        `/v1/dead-letters/${encodeURIComponent(`${messageId}/1`)}`,
      );
      return answer.status === 200 ? answer.body : undefined;
    });
    expect(letter).toMatchObject({ reason: 'internal-error', stage: 'sender-email', detail: 'TypeError' });
    expect(letter.stack?.length).toBeGreaterThan(0);
    for (const place of letter.stack ?? []) expect(place).toMatch(/^(?:packages|services)\/[\w./-]+\.ts:\d+$/);
    expect(JSON.stringify(letter)).not.toContain('ada@');
  },
);
