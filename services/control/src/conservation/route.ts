import { API } from '@herald/contracts';
import type { ApiBuilder } from '@herald/service-kit';
import { paged, tenantOf, type ControlDeps } from '../rest.ts';
import { takeAccount } from './account.ts';

const DAY_MS = 86_400_000;

export function routeConservation(api: ApiBuilder, { store, runtime, config, pipeline }: ControlDeps): void {
  api.handle(API.auditConservation, (call) =>
    paged(() => {
      const now = runtime.clock.now();
      const { limit, cursor, to = now, from = to - DAY_MS } = call.query;
      // What is older is no longer in the ledger, and its execution still is: it would seem to be lost.
      const kept = now - config.recordRetentionDays * DAY_MS;
      const span = { from: Math.min(Math.max(from, kept), to), to };
      const rules = { now, graceMs: config.sweepGraceMs, ladderMs: pipeline.settings.ladderMs };
      return takeAccount(store, runtime.clock, tenantOf(call), { ...span, limit, cursor }, rules);
    }),
  );
}
