import { mask, sensitiveIn } from '@herald/context-schema';
import type { CampaignContent } from '@herald/contracts';
import type { RenderInput } from '@herald/templates';

type Values = Pick<RenderInput, 'profile' | 'context'>;

/** What of a version's values is not to be seen. */
export interface Sensitive {
  /** Whether the value at a path such as `context.items[].code` is. */
  covers(path: string): boolean;
  /** The values as they may be seen. */
  masked(values: Values): Values;
}

/** Named by the campaign, or marked in its schema. */
export function sensitiveOf({ sensitive = [], contextSchema }: CampaignContent): Sensitive {
  const named = sensitive.map(withoutLists);
  const marked = contextSchema === undefined ? [] : sensitiveIn(contextSchema).map((path) => `context.${path}`);
  const paths = [...named, ...marked];
  const below = (root: 'profile' | 'context'): string[] =>
    paths.filter((path) => path.startsWith(`${root}.`)).map((path) => path.slice(root.length + 1));
  return {
    covers: (path) => paths.some((one) => isUnder(one.split('.'), withoutLists(path).split('.'))),
    masked: ({ profile, context }) => ({
      profile: mask(profile, below('profile')),
      context: mask(context, below('context')),
    }),
  };
}

/** A list has no step of its own. */
const withoutLists = (path: string): string => path.replaceAll('[]', '');

const isUnder = (sensitive: readonly string[], path: readonly string[]): boolean =>
  sensitive.length <= path.length && sensitive.every((step, at) => step === '*' || step === path[at]);
