export { createBacklogs } from './backlogs.ts';
import type { Workers } from '@herald/pipeline';
import type { Api, ServiceDeps } from '@herald/service-kit';
import { createAdmission } from './admission.ts';
import { createExecutionApi } from './router.ts';

export interface IngressService extends Workers {
  readonly api: Api;
}

/** Starts the execution API; whoever starts it mounts it. */
export function start(deps: ServiceDeps): IngressService {
  const admission = createAdmission(deps);
  return {
    api: createExecutionApi(deps, admission),
    watched: [],
    failed: new Promise(() => {}),
    close: async () => admission.close(),
  };
}
