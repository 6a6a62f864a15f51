import { API, readSuppressed, suppressionKindOf } from '@herald/contracts';
import { invalid, noContent, reply, replyLines, type ApiBuilder } from '@herald/service-kit';
import type { Page, Suppression, Store } from '@herald/store';
import { record } from './audit.ts';
import { importLines } from './import.ts';
import { missing, paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';
import { suppressionListOf } from './suppression-list.ts';

export function routeSuppressions(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime } = deps;
  const now = (): string => new Date(runtime.clock.now()).toISOString();

  api.handle(API.addSuppression, async (call) => {
    const { channel, reason } = call.body;
    const read = readSuppressed(channel, call.body.address);
    if (!read.ok) return invalid({ field: 'address', message: read.message });
    const address = read.entry;
    await suppressionListOf(deps, call).add({ channel, address, reason, createdAt: now() });
    // An address that was on the list keeps its first entry, so nothing but what identifies it is said here.
    return reply(201, { channel, address });
  });

  api.handle(API.importSuppressions, async (call) => {
    const { schema, limit: limitBytes } = API.importSuppressions.body;
    const tenant = tenantOf(call);
    await record(deps, call, { action: 'import', objectType: 'suppression', objectId: runtime.newId() });
    const lines = importLines({
      request: call.request,
      clock: runtime.clock,
      schema,
      limitBytes,
      check: ({ channel, address, reason, createdAt = now() }) => {
        const read = readSuppressed(channel, address);
        if (!read.ok) return { field: 'address', message: read.message };
        return { item: { channel, address: read.entry, reason, createdAt: new Date(createdAt).toISOString() } };
      },
      write: async (items: readonly Suppression[]) => {
        await store.suppressions.addMany(tenant, items);
        return items.map(() => undefined);
      },
    });
    return replyLines(lines);
  });

  api.handle(API.exportSuppressions, async (call) => {
    const list = (cursor?: string): Promise<Page<Suppression>> =>
      store.suppressions.list(tenantOf(call), { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    // While nothing was said yet, an outage has an answer of its own.
    return replyLines(everyEntry(list, await list()));
  });

  api.handle(API.listSuppressions, (call) =>
    paged(async () => {
      const page = await store.suppressions.list(tenantOf(call), pageOf(call.query));
      return { ...page, items: page.items.map(viewOf) };
    }),
  );

  api.handle(API.removeSuppression, async (call) => {
    const { channel, address } = call.params;
    return (await suppressionListOf(deps, call).remove(channel, address)) ? noContent : missing('suppression');
  });
}

/** Entries that an export reads at once. */
const PAGE = 500;

async function* everyEntry(
  list: (cursor?: string) => ReturnType<Store['suppressions']['list']>,
  first: Page<Suppression>,
): AsyncGenerator<ReturnType<typeof viewOf>> {
  for (let page = first; ; page = await list(page.next)) {
    yield* page.items.map(viewOf);
    if (page.next === undefined) return;
  }
}

const viewOf = (suppression: Suppression) => ({
  ...suppression,
  kind: suppressionKindOf(suppression.channel, suppression.address),
});
