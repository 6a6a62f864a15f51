import { z } from 'zod';

/** What an import answers with, a line each as it goes on: errors and progress in any order, and the result at its end. */
export const importLineSchema = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('error'),
      line: z.number().int().describe('From 1.'),
      field: z.string().describe('What of the line is wrong; `line` where it is the line as such.'),
      message: z.string().describe('What is wrong with it. Never what stands there.'),
    }),
    z.object({
      type: z.literal('progress'),
      lines: z.number().int().describe('Read so far.'),
      written: z.number().int().describe('On disk so far.'),
      failed: z.number().int(),
    }),
    z.object({
      type: z.literal('result'),
      complete: z
        .boolean()
        .describe('False: the store stopped answering. What `written` counts is there; import the same file again.'),
      lines: z.number().int(),
      written: z.number().int(),
      failed: z.number().int(),
      errorsNotShown: z.number().int().describe('Beyond the first 10,000 errors are counted only.'),
    }),
  ])
  .meta({ id: 'ImportLine' });
export type ImportLine = z.infer<typeof importLineSchema>;
