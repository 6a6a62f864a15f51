import { z } from 'zod';
import { operation, type Method } from '../operation.ts';
import type { Scope } from '../key.ts';

/** What AJO has and Herald answers with `not-supported`: a client is told, instead of meeting a path that is none. */
const unsupported = <const Id extends string, const M extends Method>(
  id: Id,
  method: M,
  path: string,
  access: Scope,
  summary: string,
) =>
  operation({
    id,
    method,
    path,
    tag: 'Adobe Journey Optimizer',
    summary: `${summary}: not supported`,
    access,
    ...(path.includes('{') ? { params: paramsOf(path) } : {}),
    // Whatever is asked for is not looked at.
    query: z.looseObject({}),
    answers: {},
    problems: ['not-supported'],
  });

const paramsOf = (path: string) =>
  z.strictObject(Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, z.string()])));

const EXECUTIONS = '/ajo/im/executions';
const SUPPRESSION = '/ajo/config/suppression';
const SIMULATIONS = '/ajo/simulations/campaigns/{id}';

export const executeAudience = unsupported(
  'executeAudience',
  'post',
  `${EXECUTIONS}/audience`,
  'execute',
  'Send a campaign to an audience',
);
export const getAudienceExecution = unsupported(
  'getAudienceExecution',
  'get',
  `${EXECUTIONS}/audience/{id}`,
  'execute',
  'How a run on an audience stands',
);
export const getSchedule = unsupported(
  'getSchedule',
  'get',
  `${EXECUTIONS}/schedules/{id}`,
  'execute',
  'How a scheduled run stands',
);
export const cancelSchedule = unsupported(
  'cancelSchedule',
  'delete',
  `${EXECUTIONS}/schedules/{id}`,
  'execute',
  'Cancel a scheduled run',
);
export const ajoCreateProofs = unsupported(
  'ajoCreateProofs',
  'post',
  `${SIMULATIONS}/proofs`,
  'control',
  'Send proofs',
);
export const ajoGetProofs = unsupported(
  'ajoGetProofs',
  'get',
  `${SIMULATIONS}/proofs/{job}`,
  'read',
  'How proofs stand',
);
export const ajoPreview = unsupported('ajoPreview', 'post', `${SIMULATIONS}/previews`, 'read', 'Render previews');
export const ajoListSuppressedDomains = unsupported(
  'ajoListSuppressedDomains',
  'get',
  `${SUPPRESSION}/domains`,
  'read',
  'Suppressed domains',
);
export const ajoSuppressDomains = unsupported(
  'ajoSuppressDomains',
  'post',
  `${SUPPRESSION}/domains`,
  'control',
  'Suppress domains',
);
export const ajoGetSuppressedDomain = unsupported(
  'ajoGetSuppressedDomain',
  'get',
  `${SUPPRESSION}/domains/{id}`,
  'read',
  'A suppressed domain',
);
export const ajoReleaseDomain = unsupported(
  'ajoReleaseDomain',
  'delete',
  `${SUPPRESSION}/domains/{id}`,
  'control',
  'Release a domain',
);
export const ajoListUploads = unsupported('ajoListUploads', 'get', `${SUPPRESSION}/uploads`, 'read', 'Uploads');
export const ajoUpload = unsupported('ajoUpload', 'post', `${SUPPRESSION}/uploads`, 'control', 'Upload a CSV file');
export const ajoGetUpload = unsupported('ajoGetUpload', 'get', `${SUPPRESSION}/uploads/{id}`, 'read', 'An upload');
export const ajoDeleteUpload = unsupported(
  'ajoDeleteUpload',
  'delete',
  `${SUPPRESSION}/uploads/{id}`,
  'control',
  'Forget an upload',
);
