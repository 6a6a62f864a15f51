import * as audit from './audit.ts';
import * as backups from './backups.ts';
import * as campaigns from './campaigns.ts';
import * as deadLetters from './dead-letters.ts';
import * as executions from './executions.ts';
import * as inbox from './inbox.ts';
import * as keys from './keys.ts';
import * as previews from './previews.ts';
import * as profiles from './profiles.ts';
import * as push from './push.ts';
import * as server from './server.ts';
import * as suppressions from './suppressions.ts';
import * as surfaces from './surfaces.ts';

/** Every operation of the HTTP API, by its id. */
export const API = {
  ...executions,
  ...campaigns,
  ...previews,
  ...surfaces,
  ...push,
  ...profiles,
  ...suppressions,
  ...deadLetters,
  ...keys,
  ...inbox,
  ...server,
  ...backups,
  ...audit,
} as const;
