import { API } from '@herald/contracts';
import { refuse, type ApiBuilder, type Refusal } from '@herald/service-kit';

const audience = 'Herald sends to recipients that a call names: use /ajo/im/executions/unitary or POST /v1/executions';

/** What AJO has and Herald has not says so, to whoever might call it. */
export function routeUnsupported(api: ApiBuilder): void {
  const not = (detail: string) => async (): Promise<Refusal<'not-supported'>> => refuse('not-supported', { detail });
  api.handle(API.executeAudience, not(audience));
  api.handle(API.getAudienceExecution, not(audience));
  api.handle(API.getSchedule, not(audience));
  api.handle(API.cancelSchedule, not(audience));
}
