import type { ApiBuilder } from '@herald/service-kit';
import type { ControlDeps } from '../rest.ts';
import { routeAjoCampaigns } from './campaigns.ts';
import { routeAjoFragments } from './fragments.ts';
import { routeAjoSimulations } from './simulations.ts';
import { routeAjoSuppressions } from './suppressions.ts';
import { routeAjoTemplates } from './templates.ts';
import { routeUnsupported } from './unsupported.ts';
import { routeAjoUploads } from './uploads.ts';

/** Adobe Journey Optimizer's own paths, beside those of executions. */
export function routeAjo(api: ApiBuilder, deps: ControlDeps): void {
  routeAjoSuppressions(api, deps);
  routeAjoUploads(api, deps);
  routeAjoSimulations(api, deps);
  routeAjoTemplates(api, deps);
  routeAjoFragments(api, deps);
  routeAjoCampaigns(api, deps);
  routeUnsupported(api);
}
