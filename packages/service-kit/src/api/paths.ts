import type { Operation } from '@herald/contracts';

type Path = Pick<Operation, 'path' | 'slashes'>;

/** The path as express writes it: `/v1/surfaces/:id`. */
export const expressPath = ({ path, slashes }: Path): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === slashes ? `*${name}` : `:${name}`));

/** Matches what express would match. */
export function pathPattern({ path, slashes }: Path): RegExp {
  const pattern = path
    .split(/(\{\w+\})/)
    .map((part) => (part.startsWith('{') ? (part === `{${slashes}}` ? '.+' : '[^/]+') : escaped(part)));
  return new RegExp(`^${pattern.join('')}/?$`, 'i');
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
