import { API } from '@herald/contracts';
import { refuse, reply, type ApiBuilder } from '@herald/service-kit';
import type { ControlDeps } from './rest.ts';

export function routePush(api: ApiBuilder, { config: { vapidPublicKey: publicKey } }: ControlDeps): void {
  api.handle(API.getPushPublicKey, async () =>
    publicKey === undefined ? refuse('not-found', { detail: 'no push key is configured' }) : reply(200, { publicKey }),
  );
}
