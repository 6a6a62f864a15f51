import { encodeNotice, NOTICES_TOPIC, type Tenant, type Webhook } from '@herald/contracts';
import type { ServiceDeps } from '@herald/service-kit';

/** Who is written down as having disabled it. */
const NOBODY = 'herald';

/**
 * Disables a webhook that is enabled. The notice goes first, under an id that follows from the revision: a crash in
 * between makes it come again as the same one, and never leaves a webhook disabled in silence.
 */
export async function disableWebhook(
  { pipeline, metrics, log }: Pick<ServiceDeps, 'pipeline' | 'metrics' | 'log'>,
  tenant: Tenant,
  id: string,
  reason: Exclude<NonNullable<Webhook['disabled']>['reason'], 'operator'>,
): Promise<void> {
  const { store, runtime, publish, patience } = pipeline;
  for (;;) {
    const current = await patience.persist(() => store.webhooks.get(tenant, id));
    if (current?.status !== 'enabled') return;
    const now = runtime.clock.now();
    const at = new Date(now).toISOString();
    const notice = {
      ...tenant,
      id: `webhook.disabled/${id}/${current.revision}`,
      type: 'webhook.disabled',
      at: now,
      webhookId: id,
      reason,
    } as const;
    await publish({ topic: NOTICES_TOPIC, ...encodeNotice(notice) });
    const next = {
      ...current,
      status: 'disabled',
      disabled: { reason, at },
      revision: current.revision + 1,
      modifiedAt: at,
    } as const;
    const entry = {
      id: runtime.newId(),
      at,
      keyId: NOBODY,
      action: 'disable',
      objectType: 'webhook',
      objectId: id,
      fields: ['disabled', 'status'],
    } as const;
    const written = await patience.persist(() =>
      store.audited(tenant, { ...entry, fields: [...entry.fields] }).webhooks.replace(tenant, next),
    );
    if (written.kind === 'conflict') continue;
    if (written.kind === 'written') {
      metrics.webhookDisabled(reason);
      log.warn({ webhookId: id, reason }, 'a webhook was disabled');
    }
    return;
  }
}
