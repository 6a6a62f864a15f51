import { API } from '@herald/contracts';
import { refuse, type ApiBuilder, type Refusal } from '@herald/service-kit';

const audience = 'Herald sends to recipients that a call names: use /ajo/im/executions/unitary or POST /v1/executions';
const simulation =
  'Herald does not answer this in the shape of AJO: activate the campaign and call it with an address of your own';
const domains = 'Herald suppresses addresses one by one: use /ajo/config/suppression/addresses';
const uploads = 'Herald reads no files here: send a list to /ajo/config/suppression/addresses';

/** What AJO has and Herald has not says so, to whoever might call it. */
export function routeUnsupported(api: ApiBuilder): void {
  const not = (detail: string) => async (): Promise<Refusal<'not-supported'>> => refuse('not-supported', { detail });
  api.handle(API.executeAudience, not(audience));
  api.handle(API.getAudienceExecution, not(audience));
  api.handle(API.getSchedule, not(audience));
  api.handle(API.cancelSchedule, not(audience));
  api.handle(API.ajoCreateProofs, not(simulation));
  api.handle(API.ajoGetProofs, not(simulation));
  api.handle(API.ajoPreview, not(simulation));
  api.handle(API.ajoListSuppressedDomains, not(domains));
  api.handle(API.ajoSuppressDomains, not(domains));
  api.handle(API.ajoGetSuppressedDomain, not(domains));
  api.handle(API.ajoReleaseDomain, not(domains));
  api.handle(API.ajoListUploads, not(uploads));
  api.handle(API.ajoUpload, not(uploads));
  api.handle(API.ajoGetUpload, not(uploads));
  api.handle(API.ajoDeleteUpload, not(uploads));
}
