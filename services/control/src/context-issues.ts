import { compileContextSchema, declares } from '@herald/context-schema';
import type { CampaignContent, CampaignIssue } from '@herald/contracts';

/**
 * What is wrong between a context schema, what is sensitive, and the attributes that the content uses. What no context
 * can have is an error; what the schema only does not mention is a warning, since a call may bring it.
 */
export function contextIssues(
  { contextSchema, sensitive = [] }: CampaignContent,
  attributes: readonly string[],
): CampaignIssue[] {
  const used = attributes.filter((path) => path.startsWith('context.') && !/^context\.system(?:\.|$)/.test(path));
  const result = contextSchema === undefined ? undefined : compileContextSchema(contextSchema);
  if (result?.ok === false) return [issue('error', 'contextSchema', `does not compile: ${result.message}`)];
  const schema = result?.compiled;
  const undeclared = used.flatMap((path): CampaignIssue[] => {
    const declared = schema === undefined ? 'declared' : declares(schema, path.slice(CONTEXT.length));
    if (declared === 'declared') return [];
    return declared === 'impossible'
      ? [issue('error', 'contextSchema', `allows no ${path}, which the content uses`)]
      : [issue('warning', 'contextSchema', `does not declare ${path}, which the content uses`)];
  });
  const known = attributes.map(withoutLists);
  const misspelt = sensitive.flatMap((path, index): CampaignIssue[] => {
    const plain = withoutLists(path);
    const meant =
      plain.includes('*') ||
      known.some((one) => one === plain || one.startsWith(`${plain}.`) || plain.startsWith(`${one}.`)) ||
      (schema !== undefined &&
        plain.startsWith(CONTEXT) &&
        declares(schema, plain.slice(CONTEXT.length)) === 'declared');
    const message = `${path} is neither used by the content nor in the schema: it may be misspelt`;
    return meant ? [] : [issue('warning', `sensitive[${index}]`, message)];
  });
  return [...undeclared, ...misspelt];
}

const CONTEXT = 'context.';
const issue = (severity: CampaignIssue['severity'], field: string, message: string): CampaignIssue => ({
  severity,
  field,
  message,
});

const withoutLists = (path: string): string => path.replaceAll('[]', '');
