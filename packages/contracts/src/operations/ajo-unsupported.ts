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
