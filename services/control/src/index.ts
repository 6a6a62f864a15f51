import express, { type Router } from 'express';
import { routeCampaignActions } from './campaign-actions.ts';
import { routeCampaigns } from './campaigns.ts';
import { routeCurl } from './curl.ts';
import { routeDeadLetters } from './dead-letters.ts';
import { routeExecutions } from './executions.ts';
import { routeKeys } from './keys.ts';
import { routeProfiles } from './profiles.ts';
import { createGuards, type ControlDeps } from './rest.ts';
import { routeSuppressions } from './suppressions.ts';
import { routeSurfaces } from './surfaces.ts';

export type { ControlDeps } from './rest.ts';
export type { SampleCall } from './curl.ts';

/** Everything that is set up and looked at over REST, under `/v1`. */
export function createControlRouter(deps: ControlDeps): Router {
  const router = express.Router();
  const guards = createGuards(deps);
  routeSurfaces(router, deps, guards);
  routeCampaigns(router, deps, guards);
  routeCampaignActions(router, deps, guards);
  routeCurl(router, deps, guards);
  routeExecutions(router, deps, guards);
  routeKeys(router, deps, guards);
  routeProfiles(router, deps, guards);
  routeSuppressions(router, deps, guards);
  routeDeadLetters(router, deps, guards);
  return router;
}
