import type { Workers } from '@herald/pipeline';
import type { ServiceDeps } from '@herald/service-kit';
import type { Router } from 'express';
import { createAdmission } from './admission.ts';
import { createExecutionRouter } from './router.ts';

export interface IngressService extends Workers {
  readonly router: Router;
}

/** Starts the execution API; whoever starts it mounts the router. */
export function start(deps: ServiceDeps): IngressService {
  const admission = createAdmission(deps);
  return {
    router: createExecutionRouter(deps, admission),
    watched: [],
    failed: new Promise(() => {}),
    close: async () => admission.close(),
  };
}
