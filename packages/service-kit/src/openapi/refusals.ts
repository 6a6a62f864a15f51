import { PROBLEMS, problemType, type ProblemCode } from '@herald/contracts';
import type { JsonSchema } from './schemas.ts';

export interface Refusals {
  /** The answer with one of these problems, which have that status. */
  of(status: number, codes: readonly ProblemCode[]): JsonSchema;
  /** Those that can be one problem only: most operations have them. */
  readonly components: Readonly<Record<string, JsonSchema>>;
}

/** Headers that follow from the status alone. */
const HEADERS_OF: Readonly<Record<number, 'Retry-After' | 'WWW-Authenticate'>> = {
  401: 'WWW-Authenticate',
  429: 'Retry-After',
  503: 'Retry-After',
};

/** Problems as an OpenAPI document shows them; `problem` is the schema that all have. */
export function createRefusals(problem: JsonSchema): Refusals {
  const components: Record<string, JsonSchema> = {};

  const answer = (status: number, codes: readonly ProblemCode[]): JsonSchema => {
    const header = HEADERS_OF[status];
    const types = codes.map((code) => problemType(PROBLEMS[code]));
    return {
      description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
      ...(header === undefined ? {} : { headers: { [header]: { $ref: `#/components/headers/${header}` } } }),
      content: {
        'application/problem+json': {
          schema: { ...problem, properties: { type: { enum: types }, status: { const: status } } },
        },
      },
    };
  };

  return {
    components,
    of(status, codes) {
      const [code, ...more] = codes;
      if (code === undefined || more.length > 0) return answer(status, codes);
      const name = code.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
      components[name] ??= answer(status, codes);
      return { $ref: `#/components/responses/${name}` };
    },
  };
}
