import { AJO_EVENT_TYPES, API, LIMITS, MESSAGE_EVENT_TYPES, type Tenant, type WebhookInput } from '@herald/contracts';
import { invalid, isTaken, noContent, refuse, reply, type ApiBuilder, type Refusal } from '@herald/service-kit';
import type { WebhookRecord } from '@herald/store';
import { audited, changedFields } from './audit.ts';
import { changed, created, missing, paged, pageOf, revised, stale, tenantOf, type ControlDeps } from './rest.ts';
import { sampleEvent, viewOf } from './webhook-view.ts';

const NO_STORE = { 'Cache-Control': 'no-store' };

/** Webhooks themselves; what is delivered to them is in `webhook-deliveries.ts`. */
export function routeWebhooks(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, config, webhooks } = deps;
  const iso = (): string => new Date(runtime.clock.now()).toISOString();
  const view = (webhook: WebhookRecord) => viewOf(webhook, runtime.clock.now());

  /** What is asked for, whole; or what is wrong with it. */
  function readInput(input: WebhookInput): Omit<Fields, 'disabled'> | Refusal<'invalid-body'> {
    if (!webhooks.accepts(input.url)) {
      const message =
        'must be https at a public address, without a user; HERALD_ALLOWED_PRIVATE_HOSTS names the exceptions';
      return invalid({ field: 'url', message });
    }
    const known = input.format === 'ajo' ? AJO_EVENT_TYPES : MESSAGE_EVENT_TYPES;
    const eventTypes = [...new Set(input.eventTypes ?? known)];
    const unknown = input.format === 'ajo' ? eventTypes.find((type) => !known.includes(type)) : undefined;
    if (unknown !== undefined) {
      return invalid({ field: 'eventTypes', message: `cannot have ${unknown}: the format has no word for it` });
    }
    const { campaignIds } = input;
    return { ...input, eventTypes, ...(campaignIds === undefined ? {} : { campaignIds: [...new Set(campaignIds)] }) };
  }

  /** Said by somebody, in place of whatever the reason was before. */
  const disabledBy = (fields: Pick<Fields, 'status'>, before?: WebhookRecord): Pick<Fields, 'disabled'> =>
    fields.status === 'enabled' ? {} : { disabled: before?.disabled ?? { reason: 'operator' as const, at: iso() } };

  async function isFull(tenant: Tenant): Promise<boolean> {
    return (
      (await store.webhooks.list(tenant, { limit: LIMITS.webhooksPerSandbox })).items.length >=
      LIMITS.webhooksPerSandbox
    );
  }

  api.handle(API.createWebhook, async (call) => {
    const tenant = tenantOf(call);
    const fields = readInput(call.body);
    if ('problem' in fields) return fields;
    if (await isFull(tenant)) return refuse('webhooks-full', { detail: `it may have ${LIMITS.webhooksPerSandbox}` });
    const at = iso();
    const id = runtime.newId();
    const { secret, stored } = webhooks.newSecret(tenant, id);
    const webhook: WebhookRecord = {
      ...fields,
      ...disabledBy(fields),
      id,
      revision: 1,
      createdAt: at,
      modifiedAt: at,
      secrets: [stored],
    };
    const change = {
      action: 'create',
      objectType: 'webhook',
      objectId: id,
      fields: Object.keys(fields).toSorted(),
    } as const;
    await audited(deps, call, change).webhooks.insert(tenant, webhook);
    const answer = created(config, `/v1/webhooks/${id}`, { ...view(webhook), secret });
    return { ...answer, headers: { ...answer.headers, ...NO_STORE } };
  });

  api.handle(API.listWebhooks, (call) =>
    paged(async () => {
      const page = await store.webhooks.list(tenantOf(call), pageOf(call.query));
      return { ...page, items: page.items.map(view) };
    }),
  );

  api.handle(API.getWebhook, async (call) => {
    const webhook = await store.webhooks.get(tenantOf(call), call.params.id);
    return webhook === undefined ? missing('webhook') : revised(view(webhook));
  });

  api.handle(API.replaceWebhook, async (call) => {
    const tenant = tenantOf(call);
    const current = await store.webhooks.get(tenant, call.params.id);
    if (current === undefined) return missing('webhook');
    const outdated = stale(call, current);
    if (outdated !== undefined) return outdated;
    const fields = readInput(call.body);
    if ('problem' in fields) return fields;
    const { id, revision, createdAt, secrets } = current;
    const next: WebhookRecord = {
      ...fields,
      ...disabledBy(fields, current),
      id,
      revision: revision + 1,
      createdAt,
      modifiedAt: iso(),
      secrets,
    };
    const names = changedFields(current, next).filter(
      (name) => !['revision', 'modifiedAt', 'failingSince'].includes(name),
    );
    const change = { action: 'replace', objectType: 'webhook', objectId: id, fields: names } as const;
    const written = await audited(deps, call, change).webhooks.replace(tenant, next);
    if (written.kind !== 'written') return written.kind === 'missing' ? missing('webhook') : changed();
    // Enabled again, or somewhere else, it has its days before it once more.
    const anew = (current.status === 'disabled' && next.status === 'enabled') || current.url !== next.url;
    if (anew) await store.webhooks.working(tenant, id);
    const { failingSince } = current;
    return revised(view({ ...next, ...(anew || failingSince === undefined ? {} : { failingSince }) }));
  });

  api.handle(API.deleteWebhook, async (call) => {
    const { id } = call.params;
    const change = { action: 'delete', objectType: 'webhook', objectId: id } as const;
    const removed = await audited(deps, call, change).webhooks.remove(tenantOf(call), id);
    return removed ? noContent : missing('webhook');
  });

  api.handle(API.rotateWebhookSecret, async (call) => {
    const tenant = tenantOf(call);
    const current = await store.webhooks.get(tenant, call.params.id);
    if (current === undefined) return missing('webhook');
    const { id, revision, secrets } = current;
    const { secret, stored } = webhooks.newSecret(tenant, id);
    const until = runtime.clock.now() + call.body.overlapSeconds * 1_000;
    const [old] = secrets;
    const next: WebhookRecord = {
      ...current,
      revision: revision + 1,
      modifiedAt: iso(),
      secrets: [stored, ...(old === undefined ? [] : [{ ...old, until }])],
    };
    const change = { action: 'rotate', objectType: 'webhook', objectId: id, fields: ['secrets'] } as const;
    const written = await audited(deps, call, change).webhooks.replace(tenant, next);
    if (written.kind !== 'written') return written.kind === 'missing' ? missing('webhook') : changed();
    const answer = revised({ ...view(next), secret });
    return { ...answer, headers: { ...answer.headers, ...NO_STORE } };
  });

  api.handle(API.testWebhook, async (call) => {
    const tenant = tenantOf(call);
    const webhook = await store.webhooks.get(tenant, call.params.id);
    if (webhook === undefined) return missing('webhook');
    const at = runtime.clock.now();
    const event = sampleEvent(call.body.type, new Date(at).toISOString(), webhook.id);
    const result = await webhooks.post(tenant, webhook, `test_${runtime.newId()}`, event, at);
    const durationMs = Math.max(0, runtime.clock.now() - at);
    if (result.kind === 'lost') return reply(200, { ok: false, code: result.code, durationMs });
    return reply(200, { ok: isTaken(result), status: result.status, code: 'answered', durationMs });
  });
}

type Fields = Pick<WebhookRecord, 'name' | 'url' | 'eventTypes' | 'campaignIds' | 'format' | 'status' | 'disabled'>;
