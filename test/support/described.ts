import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { linesOf } from './lines.ts';

/** What of an OpenAPI document the checks read. */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: {
    readonly headers: Readonly<Record<string, DescribedHeader>>;
    readonly responses: Readonly<Record<string, DescribedAnswer>>;
  };
}
export interface DescribedOperation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters: readonly { readonly name?: string; readonly in?: string; readonly $ref?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> };
  readonly responses: Readonly<Record<string, DescribedAnswer & { readonly $ref?: string }>>;
}
/** The headers that say what kind of body the operation takes. */
export const bodyHeaders = ({ requestBody }: Pick<DescribedOperation, 'requestBody'>): Record<string, string> => {
  const [type] = Object.keys(requestBody?.content ?? {});
  return type === undefined ? {} : { 'content-type': type };
};

interface DescribedAnswer {
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: Readonly<Record<string, object>>;
}
interface DescribedHeader {
  readonly required?: boolean;
}

/** One request and what came back. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Throws when an answer is not one that the server's own description allows. */
export type Check = (exchange: Exchange) => void;

const checks = new Map<string, Promise<Check>>();

/** The check for the server at `url`, from the document that it serves. */
export function checkOf(url: string): Promise<Check> {
  let check = checks.get(url);
  if (check === undefined) {
    check = fetch(`${url}/openapi.json`).then(async (response) => createCheck((await response.json()) as Description));
    checks.set(url, check);
    // A server that is not there yet may be there later.
    check.catch(() => checks.delete(url));
  }
  return check;
}

export function createCheck(document: Description): Check {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  formats.default(ajv);
  ajv.addSchema(document, 'api');
  const validators = new Map<string, ValidateFunction>();
  const validate = (path: readonly string[], value: unknown): string | undefined => {
    const pointer = path.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`);
    const $ref = `api#${pointer.join('')}`;
    const validator = validators.get($ref) ?? ajv.compile({ $ref });
    validators.set($ref, validator);
    return validator(value) ? undefined : ajv.errorsText(validator.errors, { dataVar: '' });
  };

  const paths = Object.keys(document.paths)
    .map((template) => ({ template, exact: patternOf(template, '[^/]+'), loose: patternOf(template, '.+') }))
    .toSorted((a, b) => a.template.split('{').length - b.template.split('{').length);

  function problemWith({ method, path, body, status, headers, text }: Exchange): string | undefined {
    const { pathname } = new URL(path, 'http://herald');
    // A last parameter may hold slashes.
    const found = paths.find(({ exact }) => exact.test(pathname)) ?? paths.find(({ loose }) => loose.test(pathname));
    const type = (headers.get('content-type') ?? '').split(';')[0] ?? '';
    const isProblem = (wanted: number): string | undefined =>
      status !== wanted || type !== 'application/problem+json'
        ? `is not a problem with the status ${wanted}`
        : method === 'HEAD'
          ? undefined
          : validate(['components', 'schemas', 'Problem'], JSON.parse(text));
    if (status === 500) return 'is an error of the server';
    if (found === undefined) return isProblem(404);
    const verb = method.toLowerCase();
    if (verb === 'options') return status === 204 && headers.has('allow') ? undefined : 'is no answer to OPTIONS';
    const operation = document.paths[found.template]?.[verb === 'head' ? 'get' : verb];
    if (operation === undefined) return headers.has('allow') ? isProblem(405) : 'has no Allow';

    const at = ['paths', found.template, verb === 'head' ? 'get' : verb];
    const described = operation.responses[status];
    if (described === undefined) return 'has a status that is not described';
    const component = described.$ref?.split('/').at(-1);
    const place =
      component === undefined ? [...at, 'responses', String(status)] : ['components', 'responses', component];
    const answer = component === undefined ? described : document.components.responses[component];
    if (answer === undefined) return `is described by ${component}, which is not there`;
    for (const [name, { $ref }] of Object.entries(answer.headers ?? {})) {
      const header = $ref.split('/').at(-1) ?? '';
      const value = headers.get(name);
      if (value === null && document.components.headers[header]?.required) return `has no ${name}`;
      const wrong = value === null ? undefined : validate(['components', 'headers', header, 'schema'], value);
      if (wrong !== undefined) return `has a ${name} that ${wrong}`;
    }
    if (answer.content === undefined) return text === '' ? undefined : 'has a body that is not described';
    if (answer.content[type] === undefined) return `has the type ${type}, which is not described`;
    if (verb === 'head') return text === '' ? undefined : 'has a body';
    const schema = [...place, 'content', type, 'schema'];
    const wrong = type.endsWith('ndjson')
      ? linesOf(text)
          .map((line) => validate(schema, line))
          .find((problem) => problem !== undefined)
      : validate(schema, type.endsWith('json') ? JSON.parse(text) : text);
    if (wrong !== undefined || status >= 300) return wrong;
    // Lines that are wrong are told among the lines of the answer.
    if (type.endsWith('ndjson')) return undefined;
    // What is taken must be described too.
    if (operation.requestBody === undefined || body === undefined) return undefined;
    // What is no JSON is described as a text.
    if (operation.requestBody.content['application/json'] === undefined) return undefined;
    const sent: unknown = typeof body === 'string' ? JSON.parse(body) : body;
    const asked = validate(
      [...at, 'requestBody', 'content', 'application/json', 'schema'],
      JSON.parse(JSON.stringify(sent)),
    );
    return asked === undefined ? undefined : `was given to a request whose body ${asked}`;
  }

  return (exchange) => {
    const wrong = problemWith(exchange);
    if (wrong === undefined) return;
    const { method, path, status, text } = exchange;
    throw new Error(`${method} ${path}: the answer ${wrong}; it is ${status} ${text.slice(0, 1_000)}`);
  };
}

const patternOf = (template: string, last: string): RegExp => {
  const parts = template.split(/(\{\w+\})/);
  const end = parts.findLastIndex((part) => part.startsWith('{'));
  const pattern = parts.map((part, index) =>
    part.startsWith('{') ? (index === end ? last : '[^/]+') : part.replaceAll('.', String.raw`\.`),
  );
  return new RegExp(`^${pattern.join('')}/?$`);
};
