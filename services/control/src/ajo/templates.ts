import { API, templateInputSchema, type AjoTemplateInput, type Template, type TemplateInput } from '@herald/contracts';
import { invalid, noContent, parseWith, reply, type ApiBuilder, type Refusal } from '@herald/service-kit';
import type { ContentItems } from '@herald/store';
import { newItem } from '../items.ts';
import { missing, tenantOf, type ControlDeps } from '../rest.ts';
import { changeItem, listItems, patched, sourceOf } from './items.ts';

const PATH = '/ajo/content/templates';
const TYPE = 'application/vnd.adobe.ajo.template.v1+json';
type Stored = ContentItems['template'];

export function routeAjoTemplates(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, config } = deps;

  api.handle(API.ajoCreateTemplate, async (call) => {
    const read = nativeOf(call.body);
    if ('problem' in read) return read;
    const template: Stored = { ...read, ...newItem(runtime, call.caller.keyId), source: sourceOf(call.body) };
    const { id } = template;
    await store.contentItems.insert(tenantOf(call), 'template', template);
    const headers = { 'x-resource-id': id, Location: `${config.publicUrl ?? ''}${PATH}/${id}`, ETag: '"1"' };
    return { status: 201, headers } as const;
  });

  api.handle(API.ajoListTemplates, async (call) => {
    const page = await listItems(store, tenantOf(call), 'template', PATH, call.query, (item) => {
      const { template: _content, ...row } = view(item);
      return row;
    });
    return 'problem' in page ? page : { ...page, type: 'application/vnd.adobe.ajo.template-list.v1+json' };
  });

  const shown = (item: Stored) => ({ ...reply(200, view(item), { ETag: `"${item.revision}"` }), type: TYPE });

  api.handle(API.ajoGetTemplate, async (call) => {
    const item = await store.contentItems.get(tenantOf(call), 'template', call.params.id);
    return item === undefined ? missing('template') : shown(item);
  });

  api.handle(API.ajoReplaceTemplate, async (call) => {
    const read = nativeOf(call.body);
    if ('problem' in read) return read;
    const done = await changeItem(deps, call, 'template', (current) =>
      read.channel === current.channel
        ? { ...current, ...read, source: sourceOf(call.body) }
        : invalid({ field: 'channels', message: 'stay what they were' }),
    );
    return 'problem' in done ? done : ({ status: 204, headers: { ETag: `"${done.item.revision}"` } } as const);
  });

  api.handle(API.ajoPatchTemplate, async (call) => {
    const done = await changeItem(deps, call, 'template', (current) => patched<'template'>(current, call.body));
    return 'problem' in done ? done : shown(done.item);
  });

  api.handle(API.ajoDeleteTemplate, async (call) =>
    (await store.contentItems.remove(tenantOf(call), 'template', call.params.id)) ? noContent : missing('template'),
  );
}

/** What Herald sends of AJO's template. HTML alone has no subject of its own: the name stands for it. */
function nativeOf({
  name,
  description = '',
  channels,
  templateType,
  template,
}: AjoTemplateInput): TemplateInput | Refusal<'invalid-body'> {
  const [channel = 'email'] = channels;
  const { subject, html, text, title, message } = template;
  const textBody = typeof text === 'string' ? text : text?.syncFromHtml === false ? text.body : undefined;
  const contents = {
    email: {
      subject: subject ?? (templateType === 'html' ? name : undefined),
      html: typeof html === 'string' ? html : html?.body,
      ...(textBody === undefined || textBody === '' ? {} : { text: textBody }),
    },
    sms: { text: typeof text === 'string' ? text : text?.body },
    push: { title, body: message },
  };
  const parsed = parseWith(templateInputSchema, { name, description, channel, content: contents[channel] });
  return parsed.ok
    ? parsed.value
    : invalid({ field: parsed.field.replace(/^content\b/, 'template'), message: parsed.message });
}

/** As AJO shows it: what its client wrote, or what a template of Herald's own is in its words. */
function view(item: Stored) {
  const { id, name, description, channel, content, source, createdAt, createdBy, modifiedAt, modifiedBy } = item;
  return {
    templateType: 'content',
    source: { origin: 'ajo' },
    template: documentOf(content),
    ...source,
    id,
    name,
    description,
    channels: [channel],
    createdAt,
    createdBy,
    modifiedAt,
    modifiedBy,
  };
}

function documentOf(content: Template['content']): Record<string, unknown> {
  if ('html' in content) {
    const { subject, html, text } = content;
    return {
      subject,
      html: { body: html },
      text: text === undefined ? { syncFromHtml: true } : { body: text, syncFromHtml: false },
    };
  }
  return 'title' in content
    ? { pushType: 'message', title: content.title, message: content.body }
    : { messageType: 'sms', text: content.text };
}
