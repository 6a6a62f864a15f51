import { expect, test } from '@jest/globals';
import { failedItself } from './fault.ts';
import type { Reply } from './port.ts';

test.each<[Reply, boolean | undefined]>([
  [{ kind: 'accepted', providerMessageId: 'x' }, false],
  [{ kind: 'permanent', code: 'smtp-5xx', detail: '550 5.1.1' }, false],
  [{ kind: 'transient', code: 'rate-limited' }, false],
  [{ kind: 'transient', code: 'smtp-4xx', detail: '451 4.7.1' }, false],
  [{ kind: 'transient', code: 'smtp-4xx', detail: '454 4.7.0' }, false],
  [{ kind: 'transient', code: 'smtp-4xx', detail: '421 4.3.2' }, true],
  [{ kind: 'transient', code: 'connection-refused' }, true],
  [{ kind: 'transient', code: 'auth-failed' }, true],
  [{ kind: 'transient', code: 'server-error', detail: '500' }, true],
  [{ kind: 'unknown', code: 'provider-timeout' }, true],
  [{ kind: 'transient', code: 'provider-closed' }, undefined],
])('%j: the provider itself failed: %s', (reply, failed) => {
  expect(failedItself({}, reply)).toBe(failed);
  // A subscription names its own server, and anybody can make one up.
  expect(failedItself({ serverOf: () => 'push.example' }, reply)).toBeUndefined();
});
