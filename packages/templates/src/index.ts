export { mergeAttributes, nestAttributes, readAttribute, type Attributes } from './attributes.ts';
export { compileContent, type ContentTemplate } from './content.ts';
export { compileEmail } from './email.ts';
export type { EmailField, EmailTemplate, Rendered, RenderedEmail, RenderInput, TemplateIssue } from './email.ts';
export { TEMPLATE_LIMITS } from './limits.ts';
