import { API, type Template } from '@herald/contracts';
import { noContent, refuse, type ApiBuilder } from '@herald/service-kit';
import { itemView, newItem, replaceItem } from './items.ts';
import { created, missing, paged, pageOf, revised, tenantOf, type ControlDeps } from './rest.ts';

export function routeTemplates(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, config } = deps;

  api.handle(API.createTemplate, async (call) => {
    const template: Template = { ...call.body, ...newItem(runtime, call.caller.keyId) };
    await store.contentItems.insert(tenantOf(call), 'template', template);
    return created(config, `/v1/templates/${template.id}`, template);
  });

  api.handle(API.listTemplates, (call) =>
    paged(async () => {
      const page = await store.contentItems.list(tenantOf(call), 'template', pageOf(call.query));
      return { ...page, items: page.items.map(itemView) };
    }),
  );

  api.handle(API.getTemplate, async (call) => {
    const template = await store.contentItems.get(tenantOf(call), 'template', call.params.id);
    return template === undefined ? missing('template') : revised(itemView(template));
  });

  api.handle(API.replaceTemplate, (call) =>
    replaceItem(deps, call, 'template', ({ channel }, kept) =>
      call.body.channel === channel
        ? { ...call.body, ...kept }
        : refuse('invalid-body', { detail: 'channel stays what it was', context: { field: 'channel' } }),
    ),
  );

  api.handle(API.deleteTemplate, async (call) =>
    (await store.contentItems.remove(tenantOf(call), 'template', call.params.id)) ? noContent : missing('template'),
  );
}
