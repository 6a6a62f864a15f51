import * as ajoCampaigns from './ajo-campaigns.ts';
import * as ajoContent from './ajo-content.ts';
import * as ajoSimulations from './ajo-simulations.ts';
import * as ajoSuppressions from './ajo-suppressions.ts';
import * as ajoUnsupported from './ajo-unsupported.ts';
import * as ajoUploads from './ajo-uploads.ts';
import * as audit from './audit.ts';
import * as backups from './backups.ts';
import * as campaigns from './campaigns.ts';
import * as contentItems from './content-items.ts';
import * as deadLetters from './dead-letters.ts';
import * as executions from './executions.ts';
import * as feedback from './feedback.ts';
import * as inbox from './inbox.ts';
import * as keys from './keys.ts';
import * as previews from './previews.ts';
import * as profiles from './profiles.ts';
import * as providers from './providers.ts';
import * as push from './push.ts';
import * as reviews from './reviews.ts';
import * as server from './server.ts';
import * as suppressions from './suppressions.ts';
import * as surfaces from './surfaces.ts';
import * as webhooks from './webhooks.ts';

/** Every operation of the HTTP API, by its id. */
export const API = {
  ...executions,
  ...campaigns,
  ...reviews,
  ...contentItems,
  ...previews,
  ...surfaces,
  ...providers,
  ...push,
  ...profiles,
  ...suppressions,
  ...deadLetters,
  ...feedback,
  ...webhooks,
  ...keys,
  ...ajoSuppressions,
  ...ajoUploads,
  ...ajoSimulations,
  ...ajoContent,
  ...ajoCampaigns,
  ...ajoUnsupported,
  ...inbox,
  ...server,
  ...backups,
  ...audit,
} as const;
