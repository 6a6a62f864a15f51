import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLocalCertificate, type LocalCertificate } from '@herald/channels/far-end';
import { Misconfigured } from '@herald/contracts';
import {
  authenticate,
  createCatalog,
  createHealth,
  createHttpServer,
  createLog,
  createMetrics,
  onShutdownSignal,
  presentSecrets,
  systemRuntime,
  type Config,
} from '@herald/service-kit';
import { createMongoStore } from '@herald/store/mongo';
import { startWith } from '../exit.ts';
import { mongoOptionsOf } from '../ports/distributed.ts';
import { createInboxApi } from './api.ts';
import type { Inbox } from './inbox.ts';
import { createKept } from './kept.ts';
import { startMailServer } from './mail.ts';
import { startPushServer } from './push.ts';
import { startSmsServer } from './sms.ts';

/**
 * The inbox as a process of its own, for trials of many processes: what stands in for a mail server, an SMS provider and
 * a push service, at fixed ports, with the page and the API that show what came. It is nobody's role and in no
 * installation that sends for real.
 *
 * `--name` is how senders reach it. Its settings are Herald's: the account of HERALD_TWILIO_ACCOUNT_SID is what it takes,
 * the keys of the database are what opens its API, and in HERALD_DATA it puts `inbox-ca.pem`, for HERALD_PUSH_CA.
 */
const PORTS = { mail: 1025, sms: 8026, push: 8443 };

const { values } = parseArgs({ options: { name: { type: 'string', default: 'inbox' } } });

/** The same after every restart: senders read it once. */
function certificateIn(dataDir: string): LocalCertificate {
  const file = (name: string): string => join(dataDir, `inbox-${name}.pem`);
  if (!existsSync(file('ca'))) {
    const made = createLocalCertificate([values.name]);
    writeFileSync(file('key'), made.key, { mode: 0o600 });
    writeFileSync(file('new'), made.cert);
    renameSync(file('new'), file('ca'));
  }
  return { key: readFileSync(file('key'), 'utf8'), cert: readFileSync(file('ca'), 'utf8') };
}

async function run(config: Config): Promise<void> {
  const runtime = systemRuntime;
  const now = (): number => runtime.clock.now();
  const log = createLog(config);
  const mongo = mongoOptionsOf(config);
  const { vapid } = presentSecrets(config);
  const { twilioAccountSid: accountSid, twilioAuthToken: authToken } = config;
  if (mongo === undefined || vapid === undefined || accountSid === undefined || authToken === undefined) {
    throw new Misconfigured('HERALD_MONGO_URL and HERALD_TWILIO_ACCOUNT_SID must be set');
  }
  const store = await createMongoStore({ ...mongo, newId: runtime.newId });
  const kept = createKept(now);
  const at = (port: number) => ({ host: config.host, port, name: values.name });
  const push = await startPushServer(kept, vapid.publicKey, now, at(PORTS.push), certificateIn(config.dataDir));
  const servers = [
    await startMailServer(kept, at(PORTS.mail)),
    await startSmsServer(kept, at(PORTS.sms), { accountSid, authToken }),
    push,
  ];
  const inbox: Inbox = {
    ...kept,
    channels: ['email', 'sms', 'push'],
    settings: {},
    subscribe: () => push.subscribe(),
    subscriptions: (limit) => push.subscriptions(limit),
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };

  const health = createHealth();
  const catalog = createCatalog({ store, clock: runtime.clock, pollMs: config.configPollMs, log, health });
  const authenticated = authenticate({ catalog, clock: runtime.clock, keyRateLimit: config.keyRateLimit });
  const apis = [createInboxApi({ authenticated }, inbox)];
  const server = createHttpServer({ config, apis, health, metrics: createMetrics(), log, runtime });
  const { url } = await server.listen();
  health.set('process', true);
  log.info({ url, ports: PORTS }, 'the inbox is up');
  onShutdownSignal(
    async () => {
      await server.close(config.shutdownMs);
      catalog.close();
      await inbox.close();
      await store.close();
    },
    { deadlineMs: config.shutdownMs + 5_000, log },
  );
}

// Pushes are opened with the keys that they are sent with.
await startWith({ ...process.env, HERALD_ROLES: 'sender-push' }, run);
