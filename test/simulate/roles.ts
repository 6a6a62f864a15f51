import { createPipeline, type Pipeline } from '@herald/pipeline';
import { start as startProfile } from '@herald/profile';
import { start as startRender } from '@herald/render';
import { start as startScheduler } from '@herald/scheduler';
import { startCounting } from '@herald/tracker';
import type { Bus } from '@herald/bus';
import type { Provider } from '@herald/channels';
import type { Channel } from '@herald/contracts';
import type { Workers } from '@herald/pipeline';
import {
  createCatalog,
  createHasher,
  createHealth,
  createLog,
  createWebhooks,
  loadConfig,
  startSender,
  type Config,
  type Metrics,
  type ServiceDeps,
} from '@herald/service-kit';
import type { Store } from '@herald/store';
import { createAcceptor } from '../../services/ingress/src/accept.ts';
import type { Host } from './host.ts';

export type SimulatedRole = 'ingress' | 'profile' | 'render' | 'senders' | 'back';

const loaded = loadConfig({
  HERALD_LADDER_MS: '1000,5000,30000',
  HERALD_RETRY_MS: '1000,1000,5000,5000',
  HERALD_LEASE_MS: '8000',
  HERALD_PROVIDER_TIMEOUT_MS: '3000',
  HERALD_CONFIG_POLL_MS: '1000',
  HERALD_SWEEP_GRACE_MS: '90000',
  HERALD_MAX_IN_FLIGHT: '40',
  // Its campaigns are few, and meant to go on whatever the provider does.
  HERALD_QUARANTINE_MIN: '0',
  HERALD_SMTP_URL: 'smtp://mail.invalid',
  HERALD_SMTP_RATE: '15',
  HERALD_SMTP_MAX_CONNECTIONS: '10',
  HERALD_CIRCUIT_FAILURES: '3',
  HERALD_CIRCUIT_OPEN_MS: '3000',
  HERALD_LOG_LEVEL: 'silent',
});
if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
export const CONFIG: Config = loaded.config;

const log = createLog(CONFIG);
const hasher = createHasher('the-simulation-has-no-secrets-at-all');
/** Nobody is called: there are no webhooks. */
const webhooks = createWebhooks({ hmacKey: 'the-simulation-has-no-secrets-at-all', config: CONFIG });
/** Nobody measures a simulation. */
const metrics = new Proxy({}, { get: () => () => undefined }) as Metrics;

export interface Running {
  readonly pipeline: Pipeline;
  readonly accept: ReturnType<typeof createAcceptor> | undefined;
  /** Roles in the order in which messages travel. */
  readonly workers: readonly Workers[];
  /** As a process does when it is asked to end. */
  close(): Promise<void>;
}

export interface RoleDeps {
  readonly host: Host;
  readonly bus: Bus;
  readonly store: Store;
  readonly roles: readonly SimulatedRole[];
  readonly providers: <C extends Channel>(channel: C) => Provider<C>[];
  readonly onAlarm: (code: string, detail: Readonly<Record<string, string | number>>) => void;
  readonly onBug: (stage: string, messageId: string, error: unknown) => void;
}

/** Starts the real roles in a simulated process, joined in memory where they are together, as `standalone` joins them. */
export async function startRoles({ host, bus, store, roles, providers, onAlarm, onBug }: RoleDeps): Promise<Running> {
  const { runtime } = host;
  const pipeline = createPipeline({
    bus,
    store,
    runtime,
    observer: { stage: () => {}, alarm: onAlarm, bug: onBug },
    settings: { ...CONFIG, maxInFlightBytes: 10_000_000 },
  });
  const health = createHealth();
  const catalog = createCatalog({
    store,
    clock: runtime.clock,
    pollMs: CONFIG.configPollMs,
    log,
    health,
    maxEntries: 20,
  });
  const deps: ServiceDeps = {
    pipeline,
    catalog,
    authenticated: (_request, _response, next) => next(),
    runtime,
    config: CONFIG,
    hasher,
    webhooks,
    log,
    metrics,
    full: () => undefined,
  };

  const has = (role: SimulatedRole): boolean => roles.includes(role);
  const workers: Workers[] = [];
  const email = has('senders') ? await startSender(deps, 'email', () => providers('email')) : undefined;
  const sms = has('senders') ? await startSender(deps, 'sms', () => providers('sms')) : undefined;
  const senders =
    email && sms ? (...way: Parameters<typeof email.edges>) => email.edges(...way) ?? sms.edges(...way) : undefined;
  const render = has('render') ? await startRender(deps, senders) : undefined;
  const profile = has('profile') ? await startProfile(deps, render?.edges) : undefined;
  workers.push(...[profile, render, email, sms].filter((one) => one !== undefined));
  if (has('back')) workers.push(await startCounting(deps), await startScheduler(deps));

  return {
    pipeline,
    workers,
    accept: has('ingress') ? createAcceptor(deps) : undefined,
    async close() {
      pipeline.patience.hurry();
      const giveUp = new AbortController();
      void runtime.clock.sleep(CONFIG.shutdownMs, giveUp.signal).then(() => pipeline.patience.giveUp());
      for (const role of workers) await role.close();
      giveUp.abort();
      catalog.close();
    },
  };
}
