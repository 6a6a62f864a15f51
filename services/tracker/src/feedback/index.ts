import { createReturnPaths } from '@herald/channels/feedback';
import { NOTICES_TOPIC } from '@herald/contracts';
import { startPump, workers, type Workers } from '@herald/pipeline';
import type { Api, ServiceDeps } from '@herald/service-kit';
import { createFeedbackApi } from './api.ts';
import { createReportTaker } from './email.ts';
import { createEvidence } from './evidence.ts';
import { createIntake } from './intake.ts';

export interface FeedbackService extends Workers {
  readonly api: Api;
}

/** Takes what is said of messages, by HTTP and by SMTP where that is configured, and stores it beside them. */
export async function startFeedback(deps: ServiceDeps): Promise<FeedbackService> {
  const { pipeline, config, hasher, log } = deps;
  const { bounceDomain, bounceSmtpPort: port, host } = config;
  const returnPaths = bounceDomain === undefined ? undefined : createReturnPaths(bounceDomain, hasher.returnPath);
  const intake = createIntake(deps);
  const takeReport = createReportTaker(intake, returnPaths);
  const listener =
    port === undefined || returnPaths === undefined
      ? undefined
      : await (await import('./listener.ts')).startBounceListener({ host, port }, returnPaths, takeReport, log);
  const evidence = workers([
    await startPump(pipeline, {
      group: 'herald.tracker.feedback',
      topics: [NOTICES_TOPIC],
      maxInFlight: 500,
      handle: createEvidence(deps),
    }),
  ]);
  return {
    ...evidence,
    api: createFeedbackApi(deps, intake, takeReport),
    async close() {
      await listener?.close();
      await evidence.close();
    },
  };
}
