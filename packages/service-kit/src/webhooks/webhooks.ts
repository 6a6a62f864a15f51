import { createWebhookCaller, type WebhookAnswer } from '@herald/channels/webhook';
import type { Tenant, WebhookEvent } from '@herald/contracts';
import type { WebhookRecord, WebhookSecret } from '@herald/store';
import type { Config } from '../config.ts';
import { createSealer } from '../sealer.ts';
import { webhookBody } from './body.ts';
import { newWebhookSecret, webhookHeaders } from './sign.ts';

/** How webhooks are called, and the secrets by which they know the caller; one per process. */
export interface Webhooks {
  /** Whether this may be a webhook's URL. */
  accepts(url: string): boolean;
  /** A secret to be shown once, and what is stored of it. */
  newSecret(tenant: Tenant, webhookId: string): { readonly secret: string; readonly stored: WebhookSecret };
  /** Posts an event once, signed; `at` is milliseconds since the epoch. Never rejects. */
  post(tenant: Tenant, webhook: WebhookRecord, id: string, event: WebhookEvent, at: number): Promise<WebhookResult>;
  close(): Promise<void>;
}

/** `secret-unreadable`: it was sealed with another key than this installation has now; a rotation makes a new one. */
export type WebhookResult = WebhookAnswer | { readonly kind: 'lost'; readonly code: 'secret-unreadable' };

export interface WebhooksOptions {
  /** The installation's: the secrets are sealed with a key that is derived from it. */
  readonly hmacKey: string;
  readonly config: Pick<Config, 'webhookTimeoutMs' | 'allowedPrivateHosts' | 'pushCa'>;
}

export function createWebhooks({ hmacKey, config }: WebhooksOptions): Webhooks {
  const { webhookTimeoutMs: timeoutMs, allowedPrivateHosts = [], pushCa: ca } = config;
  const caller = createWebhookCaller({ timeoutMs, privateHosts: allowedPrivateHosts.map((one) => ({ ca, ...one })) });
  const sealer = createSealer(hmacKey);
  const ownerOf = ({ org, sandbox }: Tenant, webhookId: string) => ['webhook', org, sandbox, webhookId];

  return {
    accepts: (url) => caller.accepts(url),
    newSecret(tenant, webhookId) {
      const secret = newWebhookSecret();
      return { secret, stored: { sealed: sealer.seal(ownerOf(tenant, webhookId), secret) } };
    },
    async post(tenant, webhook, id, event, at) {
      const secrets = webhook.secrets
        .filter(({ until }) => until === undefined || until > at)
        .map(({ sealed }) => sealer.open(ownerOf(tenant, webhook.id), sealed))
        .filter((secret) => secret !== undefined);
      // Nothing leaves unsigned.
      if (secrets.length === 0) return { kind: 'lost', code: 'secret-unreadable' };
      const body = webhookBody(webhook.format, tenant, event);
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Herald-Webhooks/1',
        ...webhookHeaders({ id, at, body }, secrets),
      };
      return caller.post(webhook.url, headers, body, at);
    },
    close: () => caller.close(),
  };
}

/** True for an answer that says that the event was taken. */
export const isTaken = (result: WebhookResult): boolean =>
  result.kind === 'answer' && result.status >= 200 && result.status < 300;
