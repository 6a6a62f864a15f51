import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, jest } from '@jest/globals';
import type { ExecutionView, Received } from '@herald/contracts';
import { ROLES, type Role } from '@herald/service-kit';
import { createClient, FINAL, unique, type Client, type ServerOf } from '../../support/client.ts';
import { ADMIN_KEY, launchWith, QUICK, type Env, type Herald } from '../../support/standalone.ts';
import { launch, notRun } from '../../env/index.ts';
import { createInstallation, type Installation } from './installation.ts';
import type { HeraldProcess } from './process.ts';

const SENDERS = ['sender-email', 'sender-sms', 'sender-push'] as const satisfies readonly Role[];

/** Whose settings they are, by how their names begin. A setting that is not here is everybody's. */
const OWNERS: readonly (readonly [RegExp, readonly Role[]])[] = [
  [/^HERALD_(?:SMTP|EMAIL)_/, ['sender-email']],
  [/^HERALD_TWILIO_/, ['sender-sms', 'tracker']],
  [/^HERALD_(?:BOUNCE|SOFT)_/, ['sender-email', 'tracker']],
  [/^HERALD_FEEDBACK_/, ['tracker']],
  [/^HERALD_SMS_/, ['sender-sms']],
  [/^HERALD_PUSH_/, ['sender-push']],
  [/^HERALD_ALLOWED_/, ['sender-push', 'control', 'tracker']],
  [/^HERALD_WEBHOOK_/, ['control', 'tracker']],
  [/^HERALD_(?:LEASE|PROVIDER_TIMEOUT)_MS$/, [...SENDERS, 'scheduler']],
  [/^HERALD_SWEEP_/, ['scheduler']],
  [/^HERALD_QUARANTINE_/, ['tracker']],
  [/^HERALD_MAX_LAG$/, ['ingress']],
  [/^HERALD_PROFILE_/, ['profile']],
  [/^HERALD_CIRCUIT_/, SENDERS],
  [/^HERALD_(?:RETRY_MS|INBOX|MAX_IN_FLIGHT)$/, SENDERS],
];
const settingsOf = (role: Role, env: Env): Env =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => {
      // Each process checks its retries against its ladder.
      if (name === 'HERALD_RETRY_MS' && env['HERALD_LADDER_MS'] !== QUICK['HERALD_LADDER_MS']) return true;
      return OWNERS.find(([of]) => of.test(name))?.[1].includes(role) ?? true;
    }),
  );

/** Which roles share a process. */
export type Layout = readonly (readonly Role[])[];
export const ONE_PER_ROLE: Layout = ROLES.map((role) => [role]);
/** Who takes calls, who works, and who keeps the books: what depends on no single role starts in a third of the time. */
export const THREE: Layout = [['ingress'], ['profile', 'render', ...SENDERS], ['control', 'tracker', 'scheduler']];

const DRAIN_MS = 5_000;
const PATIENCE_MS = 180_000;

/**
 * The scenarios of `test/e2e` on Kafka and MongoDB, in many processes. They stay over the tests of a file: each test has a
 * sandbox of its own, and only the processes whose settings it changes are started anew. Where the servers are missing it
 * says so.
 */
export async function runSplit(suite: string, scenarios: () => Promise<unknown>, layout = ONE_PER_ROLE): Promise<void> {
  const { kafka, mongo } = await launch({ kafka: true, mongo: true });
  if (kafka === undefined || mongo === undefined) {
    notRun(suite);
    return;
  }
  let installation: Installation | undefined;
  const running = new Map<readonly Role[], { readonly settings: Env; readonly process: HeraldProcess }>();
  const groupsWith = (roles: readonly Role[]): Layout =>
    layout.filter((group) => group.some((role) => roles.includes(role)));

  const processOf = (role: Role): HeraldProcess => {
    const [found] = groupsWith([role]).flatMap((group) => running.get(group) ?? []);
    if (found === undefined) throw new Error(`${role} does not run`);
    return found.process;
  };
  const stop = async (group: readonly Role[]): Promise<void> => {
    const known = running.get(group);
    running.delete(group);
    const ended = await known?.process.stop();
    if (ended !== undefined && ended.code !== 0)
      throw new Error(`${group.join()} ended with ${ended.code ?? ended.signal}`);
  };
  const give = async (env: Env): Promise<Installation> => {
    installation ??= await createInstallation({
      brokers: kafka.brokers,
      mongoUrl: mongo.url,
      // The pushes of the inbox want keys that were made, not configured: they are in the folder.
      env: { HERALD_INBOX: 'on', HERALD_CONFIG_POLL_MS: '100' },
    });
    const { start } = installation;
    await Promise.all(
      layout.map(async (group) => {
        const settings: Env = Object.assign({}, ...group.map((role) => settingsOf(role, { ...QUICK, ...env })));
        if (isDeepStrictEqual(running.get(group)?.settings, settings)) return;
        // As in a rolling upgrade: the one that goes hands over to the one that comes.
        const [process] = await Promise.all([start(group.join(), settings), stop(group)]);
        running.set(group, { settings, process });
      }),
    );
    return installation;
  };
  const abandon = async (): Promise<void> => {
    running.clear();
    await installation?.dispose();
    installation = undefined;
  };

  const serverOf: ServerOf = (path, method) => {
    const { pathname, searchParams } = new URL(path, 'http://herald');
    const executes = method === 'POST' && pathname === '/v1/executions';
    if (executes || pathname.startsWith('/ajo/im/')) return processOf('ingress').url;
    if (pathname.startsWith('/feedback/')) return processOf('tracker').url;
    if (pathname.startsWith('/v1/inbox/push')) return processOf('sender-push').url;
    const channel = searchParams.get('channel') ?? 'email';
    return processOf(pathname.startsWith('/v1/inbox') ? (`sender-${channel}` as Role) : 'control').url;
  };

  /** Among many processes each sender shows what it sent. */
  const overInboxes = (client: Client): Client => ({
    ...client,
    call: async (method, path, ...rest) => {
      if (method !== 'DELETE' || path !== '/v1/inbox') return client.call(method, path, ...rest);
      const answers = await Promise.all(
        SENDERS.map((role) => createClient(processOf(role).url, client.key).call(method, path, ...rest)),
      );
      // One with an account of its own has no inbox.
      return (answers.find(({ status }) => status !== 404) ?? answers[0]) as never;
    },
    async received(query = {}): Promise<readonly Received[]> {
      if (query.channel !== undefined) return client.received(query);
      const each = ['email', 'sms', 'push'] as const;
      return (await Promise.all(each.map((channel) => client.received({ ...query, channel })))).flat();
    },
  });

  async function startSplit(env: Env, key?: string): Promise<Herald> {
    const { dataDir } = await give(env);
    const admin = createClient(processOf('ingress').url, ADMIN_KEY, serverOf);
    const made = await admin.call<{ key: string }>('POST', '/v1/keys', {
      name: 'test',
      sandbox: unique('sandbox'),
      scopes: ['execute', 'read', 'control', 'keys', 'feedback'],
    });
    const client = overInboxes(createClient(admin.url, key ?? made.body.key, serverOf));
    if (key === undefined) await client.call('DELETE', '/v1/inbox');
    return {
      ...client,
      get standalone(): never {
        throw new Error('there are many processes');
      },
      dataDir,
      metrics: async () => {
        const texts = [...running.values()].map(async ({ process: { url } }) => (await fetch(`${url}/metrics`)).text());
        return (await Promise.all(texts)).join('\n');
      },
      stop: async () => {
        for (const group of groupsWith(SENDERS)) await stop(group);
      },
      async restart(nextEnv) {
        if (nextEnv === undefined)
          for (const group of groupsWith(['ingress', 'control', ...SENDERS])) await stop(group);
        return startSplit(nextEnv ?? env, client.key);
      },
      async dispose() {
        // What a test leaves under way would reach the next one's servers.
        if (running.size < layout.length || !(await drained(client))) await abandon();
      },
    };
  }

  launchWith((env) => startSplit(env));
  // A test that changes settings starts processes, which takes its time where many are started at once.
  jest.setTimeout(PATIENCE_MS);
  beforeAll(() => give({}), PATIENCE_MS);
  await scenarios();
  // After their own: what they hold they have let go by then.
  afterAll(abandon, PATIENCE_MS);
}

/** Cancels what is under way; whether all of it came to an end. */
async function drained(client: Client): Promise<boolean> {
  const giveUpAt = performance.now() + DRAIN_MS;
  do {
    const open: ExecutionView[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const path: string = `/v1/executions?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body } = await client.call<{ items: ExecutionView[]; next?: string }>('GET', path);
      open.push(...body.items.filter(({ states }) => Object.keys(states).some((state) => !FINAL.includes(state))));
      cursor = body.next;
    }
    if (open.length === 0) return true;
    await Promise.all(open.map(({ executionId }) => client.call('DELETE', `/v1/executions/${executionId}`)));
  } while (performance.now() < giveUpAt);
  return false;
}
