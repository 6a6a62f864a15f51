import type { Tenant } from '@herald/contracts';
import type { Store, WebhookRecord } from '@herald/store';

/** The webhooks of a moment: whatever was answered before it is seen. */
export interface Snapshot {
  of(tenant: Tenant): Promise<readonly WebhookRecord[]>;
}

/** Who is told, by sandbox. What is cached counts only while the configuration's revision is what it was. */
export type Directory = () => Promise<Snapshot>;

const PAGE = 100;
/** Sandboxes; beyond that the cache begins anew. */
const MOST = 10_000;

export function createDirectory(store: Pick<Store, 'webhooks' | 'configRevision'>): Directory {
  const known = new Map<string, { readonly revision: number; readonly webhooks: Promise<readonly WebhookRecord[]> }>();

  async function load(tenant: Tenant): Promise<readonly WebhookRecord[]> {
    const found: WebhookRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.webhooks.list(tenant, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  }

  return async () => {
    const revision = await store.configRevision();
    return {
      of(tenant) {
        const key = JSON.stringify([tenant.org, tenant.sandbox]);
        const cached = known.get(key);
        if (cached?.revision === revision) return cached.webhooks;
        const webhooks = load(tenant);
        if (known.size >= MOST) known.clear();
        known.set(key, { revision, webhooks });
        webhooks.catch(() => known.delete(key));
        return webhooks;
      },
    };
  };
}
