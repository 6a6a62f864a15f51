import { compileContextSchema, type ContextSchema } from '@herald/context-schema';
import { LIMITS, type Tenant, type UnitaryRequest } from '@herald/contracts';
import type { CampaignVersion } from '@herald/store';
import { LRUCache } from 'lru-cache';
import type { Invalid } from './validate.ts';

export type ContextCheck = (
  tenant: Tenant,
  version: CampaignVersion,
  request: UnitaryRequest,
) =>
  /** With the schema's defaults filled in: what is published. The same for every repeat. */
  { readonly ok: true; readonly request: UnitaryRequest } | { readonly ok: false; readonly invalid: Invalid };

const MAX_SCHEMAS = 500;

/** Checks the contexts of a call against the schema of a version that is or was live: it never changes. */
export function createContextCheck(): ContextCheck {
  const schemas = new LRUCache<string, ContextSchema>({ max: MAX_SCHEMAS });

  function schemaOf(key: string, { content: { contextSchema } }: CampaignVersion): ContextSchema {
    const known = schemas.get(key);
    if (known !== undefined) return known;
    const result = compileContextSchema(contextSchema);
    // It was looked at before the version went live.
    if (!result.ok) throw new Error('the context schema of a live version does not compile');
    schemas.set(key, result.compiled);
    return result.compiled;
  }

  return (tenant, version, request) => {
    if (version.content.contextSchema === undefined) return { ok: true, request };
    const schema = schemaOf(JSON.stringify([tenant.org, tenant.sandbox, request.campaignId, version.version]), version);
    const recipients: UnitaryRequest['recipients'] = [];
    for (const [index, recipient] of request.recipients.entries()) {
      const given = recipient.context ?? {};
      const checked = schema.check(given);
      const field = `recipients[${index}].context`;
      if (!checked.ok) {
        const { path, message } = checked;
        const at = path === '' ? field : `${field}.${path}`;
        return { ok: false, invalid: { field: at.slice(0, MAX_FIELD), message, code: 'context-invalid' } };
      }
      const { context } = checked;
      if (context !== given && isLongerThan(LIMITS.contextBytes, context)) {
        const message = `is more than ${LIMITS.contextBytes} bytes of JSON with the defaults of the schema`;
        return { ok: false, invalid: { field, message, code: 'too-large' } };
      }
      recipients.push({ ...recipient, context });
    }
    return { ok: true, request: { ...request, recipients } };
  };
}

const MAX_FIELD = 200;

/** Whether a value has more bytes of JSON, without writing more of it than that: defaults can make much of little. */
function isLongerThan(limit: number, value: unknown): boolean {
  let left = limit;
  const walk = (part: unknown): void => {
    if (left < 0) return;
    if (typeof part !== 'object' || part === null) {
      left -= Buffer.byteLength(JSON.stringify(part)) + 1;
    } else if (Array.isArray(part)) {
      left -= part.length === 0 ? 3 : 2;
      for (const item of part) walk(item);
    } else {
      const entries = Object.entries(part);
      left -= entries.length === 0 ? 3 : 2;
      for (const [name, below] of entries) {
        left -= Buffer.byteLength(JSON.stringify(name)) + 1;
        walk(below);
      }
    }
  };
  walk(value);
  // Each value was counted with a comma behind it.
  return left < -1;
}
