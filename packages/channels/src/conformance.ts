import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Channel } from '@herald/contracts';
import type { Outgoing, Provider } from './port.ts';
import { eventually } from './testing/eventually.ts';

/** What the server at the other end does with each message from now on. */
export type Behaviour =
  | 'accept'
  | 'refuse-for-now'
  | 'refuse-for-good'
  /** Takes the connection and says nothing. */
  | 'silent'
  /** Breaks the connection before it has the message. */
  | 'break-early'
  /** Has the message to its last byte, and says nothing. */
  | 'silent-at-the-end'
  /** Has the message to its last byte, and breaks the connection. */
  | 'break-at-the-end'
  /** Has the message to its last byte, and waits for another behaviour to answer. */
  | 'wait';

/** A server of the provider's kind, made to misbehave. */
export interface TestServer {
  readonly url: string;
  behave(how: Behaviour): void;
  /** How many messages it has accepted. */
  accepted(): number;
  /** How many messages are there to the last byte, now, without an answer; and the most there ever were. */
  waiting(): { readonly now: number; readonly most: number };
  close(): Promise<void>;
}

export interface ProviderFixture<C extends Channel> {
  readonly server: () => Promise<TestServer>;
  readonly create: (options: { url: string; connections: number; timeoutMs: number }) => Provider<C>;
  /** A message that goes to this server, where its address says so. */
  readonly outgoing: (messageId: string, url: string) => Outgoing<C>;
}

const TIMEOUT_MS = 400;
/** What a reply may take beyond its timeout on a busy machine. */
const SLACK_MS = 3_000;

/** Every promise of the `Provider` port, for any implementation. */
export function testProvider<C extends Channel>(name: string, fixture: ProviderFixture<C>): void {
  describe(`provider: ${name}`, () => {
    let server: TestServer;
    let provider: Provider<C>;
    const send = (messageId = 'message-1') => provider.send(fixture.outgoing(messageId, server.url));

    beforeEach(async () => {
      server = await fixture.server();
      provider = fixture.create({ url: server.url, connections: 3, timeoutMs: 5_000 });
    });
    afterEach(async () => {
      await provider.close();
      await server.close();
    });

    async function restartWith(timeoutMs: number): Promise<void> {
      await provider.close();
      provider = fixture.create({ url: server.url, connections: 3, timeoutMs });
    }

    test('an accepted message has an id at the provider', async () => {
      const reply = await send();
      expect(reply).toMatchObject({ kind: 'accepted' });
      expect(reply.kind === 'accepted' && reply.providerMessageId).toMatch(/\S/);
      expect(server.accepted()).toBe(1);
    });

    test('a refusal for now is transient, one for good is permanent, and both leave the provider usable', async () => {
      server.behave('refuse-for-now');
      expect(await send()).toMatchObject({ kind: 'transient', code: expect.stringMatching(/^[a-z0-9-]+$/) });
      server.behave('refuse-for-good');
      expect(await send()).toMatchObject({ kind: 'permanent', code: expect.stringMatching(/^[a-z0-9-]+$/) });
      server.behave('accept');
      expect(await send()).toMatchObject({ kind: 'accepted' });
      expect(server.accepted()).toBe(1);
    });

    test('a connection that breaks before the last byte is transient', async () => {
      server.behave('break-early');
      expect(await send()).toMatchObject({ kind: 'transient' });
      expect(server.accepted()).toBe(0);
    });

    test('a connection that breaks after the last byte is unknown', async () => {
      server.behave('break-at-the-end');
      expect(await send()).toMatchObject({ kind: 'unknown' });
    });

    test('silence before the last byte is transient, in time', async () => {
      await restartWith(TIMEOUT_MS);
      server.behave('silent');
      const startedAt = performance.now();
      expect(await send()).toMatchObject({ kind: 'transient' });
      expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    });

    test('silence after the last byte is unknown, in time', async () => {
      await restartWith(TIMEOUT_MS);
      server.behave('silent-at-the-end');
      const startedAt = performance.now();
      expect(await send()).toMatchObject({ kind: 'unknown' });
      expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    });

    test('a server that is not there is transient', async () => {
      await server.close();
      expect(await send()).toMatchObject({ kind: 'transient', code: 'connection-refused' });
      server = await fixture.server();
    });

    test('it has as many calls under way as its capacity says, and no more', async () => {
      expect(provider.capacity).toBe(3);
      server.behave('wait');
      const replies = Array.from({ length: 9 }, (_, at) => send(`message-${String(at)}`));
      await eventually('three messages wait', () => server.waiting().now === 3);
      server.behave('accept');
      expect((await Promise.all(replies)).map(({ kind }) => kind)).toEqual(Array.from({ length: 9 }, () => 'accepted'));
      expect(server.waiting().most).toBe(3);
      expect(server.accepted()).toBe(9);
    });

    test('close lets what is under way finish, and what comes later is transient', async () => {
      server.behave('wait');
      const reply = send();
      await eventually('the message waits', () => server.waiting().now === 1);
      const closed = provider.close();
      expect(await send('message-2')).toMatchObject({ kind: 'transient', code: 'provider-closed' });
      server.behave('accept');
      expect(await reply).toMatchObject({ kind: 'accepted' });
      await closed;
    });
  });
}
