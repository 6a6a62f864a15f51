import { createApi, type Api } from '@herald/service-kit';
import { routeAjo } from './ajo/index.ts';
import { routeAudit } from './audit.ts';
import { routeCampaignActions } from './campaign-actions.ts';
import { routeCampaignVersions } from './campaign-versions.ts';
import { routeCampaigns } from './campaigns.ts';
import { routeConservation } from './conservation/route.ts';
import { routeCurl } from './curl.ts';
import { routeDeadLetters } from './dead-letters.ts';
import { routeExecutions } from './executions.ts';
import { routeFixtures } from './fixtures.ts';
import { routeFragments } from './fragments.ts';
import { routeKeys } from './keys.ts';
import { routeProfiles } from './profiles.ts';
import { routePreview } from './preview.ts';
import { routeProofs } from './proofs.ts';
import { routeProviders } from './providers.ts';
import { routePush } from './push.ts';
import type { ControlDeps } from './rest.ts';
import { routeReviews } from './reviews.ts';
import { routeSuppressions } from './suppressions.ts';
import { routeSurfaces } from './surfaces.ts';
import { routeTemplates } from './templates.ts';
import { routeWebhookDeliveries } from './webhook-deliveries.ts';
import { routeWebhooks } from './webhooks.ts';

export type { ControlDeps } from './rest.ts';

/** Everything that is set up and looked at over REST: under `/v1`, and where AJO's clients call. */
export function createControlApi(deps: ControlDeps): Api {
  const api = createApi(deps.authenticated);
  routeSurfaces(api, deps);
  routeProviders(api, deps);
  routePush(api, deps);
  routeCampaigns(api, deps);
  routeCampaignActions(api, deps);
  routeReviews(api, deps);
  routeCampaignVersions(api, deps);
  routeCurl(api, deps);
  routePreview(api, deps);
  routeProofs(api, deps);
  routeFixtures(api, deps);
  routeAudit(api, deps);
  routeConservation(api, deps);
  routeTemplates(api, deps);
  routeFragments(api, deps);
  routeExecutions(api, deps);
  routeKeys(api, deps);
  routeProfiles(api, deps);
  routeSuppressions(api, deps);
  routeDeadLetters(api, deps);
  routeWebhooks(api, deps);
  routeWebhookDeliveries(api, deps);
  routeAjo(api, deps);
  return api;
}
