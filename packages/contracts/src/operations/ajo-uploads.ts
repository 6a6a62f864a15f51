import { z } from 'zod';
import { ajoListQuerySchema, ajoPageOf } from '../ajo-paging.ts';
import { LIMITS } from '../limits.ts';
import { idParamsSchema, json, operation } from '../operation.ts';

const tag = 'Adobe Journey Optimizer';
const PATH = '/ajo/config/suppression/uploads';

const jobSchema = z
  .object({
    jobId: z.string(),
    user: z.string().describe('The id of the key.'),
    filename: z.string(),
    createTime: z.number().int().describe('Seconds since the epoch.'),
    endTime: z.number().int(),
    status: z.literal('COMPLETE').describe('The file was read when the upload was answered.'),
    responseCode: z.number().int(),
    responseText: z.string(),
    recordCount: z.number().int(),
    handledCount: z.number().int().describe('On the list, now or before.'),
    failedCount: z.number().int(),
  })
  .meta({ id: 'AjoUpload' });

const jobWithFailuresSchema = jobSchema
  .extend({
    imsOrgId: z.string(),
    sandboxId: z.string(),
    failedRecords: z
      .array(
        z.object({
          type: z.string(),
          value: z.literal('').describe('Not kept: it may be somebody’s address.'),
          comments: z.string().describe('Which line of the file.'),
          failureReason: z.string(),
        }),
      )
      .describe('The first 1,000.'),
  })
  .meta({ id: 'AjoUploadWithFailures' });

export const ajoUpload = operation({
  id: 'ajoUpload',
  method: 'post',
  path: PATH,
  tag,
  summary: 'Suppress the addresses and domains of a CSV file',
  description:
    'The part `file` of a form: `TYPE,VALUE,COMMENT`, where `TYPE` is `EMAIL` or `DOMAIN`. A line that is wrong stops nothing.',
  access: 'control',
  body: {
    schema: z.object({ file: z.string().describe('The file, in UTF-8.') }).meta({ id: 'AjoUploadForm' }),
    limit: LIMITS.requestBytes,
    raw: ['multipart/form-data'],
  },
  answers: {
    201: {
      ...json('It was read.', z.object({ success: z.object({ jobId: z.string() }) })),
      links: { ajoGetUpload: { id: '/success/jobId' }, ajoDeleteUpload: { id: '/success/jobId' } },
    },
  },
});

export const ajoListUploads = operation({
  id: 'ajoListUploads',
  method: 'get',
  path: PATH,
  tag,
  summary: 'Uploads, newest first',
  access: 'read',
  query: ajoListQuerySchema,
  answers: { 200: json('A page.', ajoPageOf(jobSchema, 'AjoUploadList')) },
});

export const ajoGetUpload = operation({
  id: 'ajoGetUpload',
  method: 'get',
  path: `${PATH}/{id}`,
  tag,
  summary: 'An upload',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: json('It.', jobWithFailuresSchema) },
  problems: ['not-found'],
});

export const ajoDeleteUpload = operation({
  id: 'ajoDeleteUpload',
  method: 'delete',
  path: `${PATH}/{id}`,
  tag,
  summary: 'Forget an upload, not the entries that it made',
  access: 'control',
  params: idParamsSchema,
  answers: { 204: { description: 'It is forgotten.' } },
  problems: ['not-found'],
});
