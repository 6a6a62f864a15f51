export { mergeAttributes, nestAttributes, readAttribute, type Attributes } from './attributes.ts';
export { compileContent } from './content.ts';
export type { ContentIssue, ContentTemplate, MissingOptions, RenderedResult, RenderInput } from './content.ts';
export { fragmentsIn, fragmentsOf, type Fragments } from './fragments.ts';
export { HELPER_NAMES } from './helpers/index.ts';
export { linkIssues, type LinkIssue } from './links.ts';
export { TEMPLATE_LIMITS } from './limits.ts';
export { smsSegments, type SmsSegments } from './segments.ts';
