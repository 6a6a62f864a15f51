import { z } from 'zod';
import { attributesSchema } from './json.ts';
import { identityValueSchema, namespaceSchema } from './recipient.ts';

/** The identity in the path of a profile. */
export const identityParamsSchema = z.strictObject({
  namespace: namespaceSchema.describe('`email`, `phone`, `ecid`, or a name of your own.'),
  value: identityValueSchema,
});

const MAX_NAMES = 20;
const attributesField = attributesSchema.describe('Nested objects as in XDM, or dotted names, which are nested.');
const identitiesField = z
  .array(identityParamsSchema)
  .max(MAX_NAMES)
  .optional()
  .describe('Further names of the same person. They are added to those that the profile has.');

/** `PUT /v1/profiles/{namespace}/{value}`. */
export const profileInputSchema = z
  .strictObject({ attributes: attributesField, identities: identitiesField })
  .meta({ id: 'ProfileInput', examples: [{ attributes: { 'person.name.firstName': 'Ada' } }] });

/** `PATCH /v1/profiles/{namespace}/{value}`. */
export const profilePatchSchema = z
  .strictObject({
    attributes: attributesSchema
      .optional()
      .describe(
        'What changes, nested or in dotted names: objects are merged name by name, `null` takes a name away, anything else replaces (RFC 7396).',
      ),
    identities: identitiesField,
  })
  .meta({
    id: 'ProfilePatch',
    examples: [{ attributes: { 'consents.marketing.email.val': 'n', 'person.name.middleName': null } }],
  });

/** One line of `POST /v1/profiles/import`. */
export const profileLineSchema = z
  .strictObject({
    identities: z
      .array(identityParamsSchema)
      .min(1)
      .max(MAX_NAMES + 1)
      .describe('Every name of the person. The first one says which profile is meant; it is made where there is none.'),
    attributes: attributesField,
  })
  .meta({
    id: 'ProfileLine',
    examples: [
      {
        identities: [
          { namespace: 'email', value: 'ada@example.com' },
          { namespace: 'crm', value: '4711' },
        ],
        attributes: { 'person.name.firstName': 'Ada', 'personalEmail.address': 'ada@example.com' },
      },
    ],
  });

export const profileSchema = z
  .object({
    id: z.string(),
    identities: z.array(z.object({ namespace: z.string(), value: z.string() })),
    attributes: z.record(z.string(), z.unknown()),
    dataset: z.string().optional().describe('Of a profile that a call created.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Profile' });

/** `GET /v1/profiles/counts`. */
export const profileCountsSchema = z
  .object({
    total: z.number().int(),
    created: z.number().int().describe('Those that a call created.'),
    dataset: z.string().describe('The dataset that these are in.'),
  })
  .meta({ id: 'ProfileCounts' });

/** What `DELETE /v1/profiles/{namespace}/{value}` answers. */
export const erasureReceiptSchema = z
  .object({
    erasedAt: z.iso.datetime().describe('Nothing that was accepted until then is sent to the person any more.'),
    lastTopicRecordExpiresAt: z.iso
      .datetime()
      .describe(
        'Until then topics may hold records of messages to the person, which nobody is sent. It is also when the mark of the erasure is taken away.',
      ),
    auditObjectId: z
      .string()
      .describe(
        'By which `GET /v1/audit?objectId=` finds the erasure: a hash of the identity, which the log names nobody by.',
      ),
    deleted: z.object({
      profiles: z
        .number()
        .int()
        .describe('0: there was none under this identity. What was in flight is stopped all the same.'),
      identities: z.number().int(),
      searchEntries: z.number().int().describe('Executions that are not found by the person any more.'),
      counters: z.number().int().describe('Counts of messages to the person’s addresses.'),
    }),
    suppressionsKept: z
      .number()
      .int()
      .describe(
        'Entries of the suppression list that go on acting, and hold a hash in place of the address from now on.',
      ),
  })
  .meta({ id: 'ErasureReceipt' });
