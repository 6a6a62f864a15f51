import { PassThrough } from 'node:stream';
import { Outage } from '@herald/contracts';
import { expect, test } from '@jest/globals';
import { createLog, type Log } from './log.ts';

function linesOf(format: 'json' | 'pretty', write: (log: Log) => void): string {
  const stream = new PassThrough();
  write(createLog({ logLevel: 'info', logFormat: format }, stream));
  return String(stream.read() ?? '');
}

test('JSON lines with level, time and fields', () => {
  const line = linesOf('json', (log) => log.warn({ campaignId: 'c-1' }, 'look'));
  expect(JSON.parse(line)).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    name: 'herald',
    campaignId: 'c-1',
    msg: 'look',
  });
  expect(linesOf('json', (log) => log.debug('nothing'))).toBe('');
});

test('content and addresses do not get through, even where somebody logs them', () => {
  const secret = 'ada@example.com';
  const lines = linesOf('json', (log) => {
    log.info({
      address: secret,
      recipients: [secret],
      request: { body: secret, userId: secret, authorization: secret },
    });
    log.error({ err: new Error(`no mailbox ${secret}`) }, 'failed');
    log.error(new TypeError(secret));
    log.error({ err: new Error(secret) });
  });
  expect(lines).not.toContain(secret);
  expect(lines).toContain('[private]');
  expect(lines).toContain('TypeError');
});

test('an error is told by its kind, code and place; an outage by its words too', () => {
  const [bug, outage] = linesOf('json', (log) => {
    log.error({ err: Object.assign(new Error('private'), { code: 'EPIPE' }) }, 'a bug');
    log.error({ err: new Outage('full', 'the disk is full') }, 'an outage');
  })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { err: Record<string, string> });
  expect(bug?.err).toEqual({ type: 'Error', code: 'EPIPE', stack: expect.stringContaining('log.test.ts') });
  expect(outage?.err).toMatchObject({ type: 'Outage', code: 'full', message: 'the disk is full' });
});

test('pretty lines are for people', async () => {
  const stream = new PassThrough();
  createLog({ logLevel: 'info', logFormat: 'pretty' }, stream).info({ roles: 7 }, 'herald is up');
  const [line] = (await stream.take(1).toArray()) as Buffer[];
  expect(String(line)).toMatch(/INFO.*herald is up/);
  expect(String(line)).not.toMatch(/^\{/);
});
