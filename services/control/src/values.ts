import type { Preview } from '@herald/contracts';
import type { RenderInput } from '@herald/templates';
import type { Sensitive } from './sensitive.ts';

type Values = Readonly<Record<string, unknown>>;
type Attribute = Preview['decisions']['attributes'][number];

/** What is known of the values that a content is rendered with. */
export interface Sources {
  /** What it is rendered with. */
  readonly real: RenderInput;
  /** Of the call's `profile`, nested. */
  readonly override: Values;
  /** The call's `context`, without the defaults of the schema. */
  readonly given: Values;
  readonly sensitive: Sensitive;
}

const SHOWN_ITEMS = 10;
const SHOWN_LENGTH = 200;

/** Where the value at each path comes from, and which of them somebody would have had to give. */
export function attributesOf(
  paths: readonly string[],
  { real, override, given, sensitive }: Sources,
): { readonly attributes: Attribute[]; readonly missing: string[] } {
  const shown = { ...sensitive.masked(real), system: real.system };
  const missing: string[] = [];
  const attributes = paths.map((path): Attribute => {
    const [root, ...rest] = stepsOf(path);
    const ofSystem = root === 'context' && rest[0]?.name === 'system';
    const below = ofSystem ? rest.slice(1) : rest;
    const kind = ofSystem ? 'system' : root === 'profile' ? 'profile' : 'context';
    const found = valuesAt(real[kind], below);
    if (found.some(isMissing)) missing.push(path);
    const byCall = valuesAt(kind === 'profile' ? override : given, below).some((value) => !isMissing(value));
    const some = found.some((value) => !isMissing(value));
    const source = some ? SOURCES[kind][byCall ? 0 : 1] : 'none';
    const value = showable(valuesAt(shown[kind], below), path.includes('[]'));
    return {
      path,
      source,
      ...(sensitive.covers(path) ? { sensitive: true as const } : {}),
      ...(value === undefined ? {} : { value }),
    };
  });
  return { attributes, missing };
}

/** By the call, and otherwise. */
const SOURCES = {
  profile: ['override', 'profile'],
  context: ['context', 'default'],
  system: ['system', 'system'],
} as const;

interface Step {
  readonly name: string;
  /** How many lists are gone into behind it. */
  readonly lists: number;
}

function stepsOf(path: string): [root: string, ...steps: Step[]] {
  const [root = '', ...parts] = path.split('.');
  return [
    root,
    ...parts.map((part) => {
      const name = part.replace(/(?:\[\])+$/, '');
      return { name, lists: (part.length - name.length) / 2 };
    }),
  ];
}

/** Every value at a path; of an element of a list there are as many as there are elements. */
function valuesAt(root: unknown, steps: readonly Step[]): unknown[] {
  let values = [root];
  for (const { name, lists } of steps) {
    values = values.map((value) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Values)[name] : undefined,
    );
    for (let list = lists; list > 0; list -= 1) {
      values = values.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
    }
  }
  return values;
}

const isMissing = (value: unknown): boolean => value === undefined || value === null;

function showable(values: readonly unknown[], isList: boolean): Attribute['value'] {
  const scalars = values.flatMap((value): (string | number | boolean)[] => {
    if (typeof value === 'string') return [value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}…` : value];
    return typeof value === 'number' || typeof value === 'boolean' ? [value] : [];
  });
  if (scalars.length === 0) return undefined;
  return isList ? scalars.slice(0, SHOWN_ITEMS) : scalars[0];
}
