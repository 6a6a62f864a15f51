import { API, type DeadLetter, type DeadLetterView, type Tenant } from '@herald/contracts';
import { refuse, reply, type ApiBuilder, type Call, type Refusal } from '@herald/service-kit';
import { missing, paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';

export function routeDeadLetters(api: ApiBuilder, { store, bus }: ControlDeps): void {
  api.handle(API.listDeadLetters, async (call) => {
    const owner = ownerOf(call, call.query);
    if ('problem' in owner) return owner;
    return paged(async () => {
      const page = await store.deadLetters.list(owner.tenant, pageOf(call.query));
      return { ...page, items: page.items.map(viewOf) };
    });
  });

  api.handle(API.getDeadLetter, async (call) => {
    const owner = ownerOf(call, call.query);
    if ('problem' in owner) return owner;
    const letter = await store.deadLetters.get(owner.tenant, call.params.id);
    if (letter === undefined) return missing('dead letter');
    const record = await bus.read(letter.position);
    // Headers hold ids and codes. The payload holds the message: it is never shown.
    const shown = record && { headers: record.headers, bytes: record.value.byteLength };
    return reply(200, { ...viewOf(letter), ...(shown === undefined ? {} : { record: shown }) });
  });
}

const viewOf = (letter: DeadLetter): DeadLetterView => ({ ...letter, at: new Date(letter.at).toISOString() });

/** Records of which nothing could be read belong to no sandbox: they are for whoever runs the installation. */
function ownerOf(
  call: Pick<Call, 'caller'>,
  { unreadable }: { readonly unreadable?: 'true' | undefined },
): { readonly tenant: Tenant | undefined } | Refusal<'forbidden'> {
  if (unreadable === undefined) return { tenant: tenantOf(call) };
  if (call.caller.scopes.includes('keys')) return { tenant: undefined };
  return refuse('forbidden', { detail: 'unreadable records are shown to keys with the scope "keys"' });
}
