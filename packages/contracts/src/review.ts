import { z } from 'zod';

const noteSchema = z.string().trim().min(1).max(2_000);

/** How the review of a version stands. */
export const reviewSchema = z
  .object({
    version: z.number().int(),
    state: z.enum(['submitted', 'approved', 'rejected']),
    submittedAt: z.iso.datetime(),
    submittedBy: z.string().describe('The id of the key.'),
    decidedAt: z.iso.datetime().optional(),
    decidedBy: z.string().optional(),
    note: noteSchema.optional().describe('Of whoever decided.'),
  })
  .meta({ id: 'Review', description: 'A change of the version ends it.' });
export type Review = z.infer<typeof reviewSchema>;

/** `POST /v1/campaigns/{id}/approve`. */
export const approvalSchema = z.strictObject({ note: noteSchema.optional() }).meta({ id: 'Approval' });

/** `POST /v1/campaigns/{id}/reject`. */
export const rejectionSchema = z
  .strictObject({ note: noteSchema.describe('What is to be changed.') })
  .meta({ id: 'Rejection' });
