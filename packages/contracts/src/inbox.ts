import { z } from 'zod';

/** A message as the local mail server received it. */
export const receivedSchema = z
  .object({
    id: z.string(),
    receivedAt: z.iso.datetime(),
    envelope: z.object({ from: z.string(), to: z.array(z.string()) }),
    messageId: z.string().describe('The `Message-ID` header without brackets.'),
    subject: z.string(),
    text: z.string(),
    html: z.string(),
    headers: z.array(z.object({ name: z.string(), value: z.string() })).describe('As they came, in their order.'),
  })
  .meta({ id: 'Received', description: 'A message as the local mail server received it.' });
