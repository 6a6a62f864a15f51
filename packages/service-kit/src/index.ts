export { createApi, type Api, type ApiBuilder } from './api/api.ts';
export type { Call, Handler, Received, Refusal, Reply } from './api/call.ts';
export { invalid, noContent, refuse, reply, replyLines } from './api/reply.ts';
export { authenticate, callerOf, requireScope, type Caller } from './auth.ts';
export { parseJson, readJson, readJsonOrLines, type JsonLine } from './body.ts';
export { capWindows } from './caps.ts';
export { createBodyRoom } from './body-room.ts';
export { createCatalog, STORE_SILENT, type Catalog, type CatalogDeps, type LiveCampaign } from './catalog.ts';
export { describeConfig, isDistributed, loadConfig, type Config, type Environment } from './config.ts';
export { kafkaSettingsOf } from './settings/kafka.ts';
export { ROLES, type Role } from './settings/process.ts';
export { describeErrors } from './describe-errors.ts';
export { createHasher, type Hasher } from './hash.ts';
export { refusedBy } from './consent.ts';
export { createHealth, type Check, type Health } from './health.ts';
export { createHttpServer, type HttpServer, type HttpServerDeps } from './http.ts';
export { ensureAdminKey, hashKey, newKey } from './keys.ts';
export { createKnownProfiles } from './known-profiles.ts';
export { readLines, type Line } from './lines.ts';
export { createLog, type Log } from './log.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { parseWith, type Parsed } from './parse.ts';
export { problemOf, sendProblem, type ProblemDetails } from './problem.ts';
export {
  configuredOf,
  configuredProviders,
  viewProviders,
  type ConfiguredProvider,
  type ProviderConfig,
} from './providers/configured.ts';
export { REASONS, type Reason } from './reasons.ts';
export { systemRuntime } from './runtime.ts';
export { startSender, type DecorateProvider } from './sender.ts';
export { loadSecrets, presentSecrets, type Secrets, type SharedSecrets } from './secrets.ts';
export type { ServiceDeps } from './service.ts';
export { onShutdownSignal } from './shutdown.ts';
export { createWebhooks, isTaken, type WebhookResult, type Webhooks } from './webhooks/webhooks.ts';
