import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Dependencies point one way: a package may import those in earlier rows, and nothing else of this repository. */
const LAYERS = [
  ['packages/contracts'],
  ['packages/sqlite'],
  ['packages/bus', 'packages/store'],
  ['packages/channels', 'packages/context-schema', 'packages/templates'],
  ['packages/pipeline'],
  ['packages/service-kit'],
  [
    'services/ingress',
    'services/profile',
    'services/render',
    'services/sender-email',
    'services/sender-sms',
    'services/sender-push',
    'services/tracker',
    'services/scheduler',
    'services/control',
  ],
  // The one that hosts the others, each by its public entry.
  ['services/standalone'],
];

/** Where time, randomness and ids come from `ctx`, so that a simulation can stand in for them. */
const DETERMINISTIC = [
  'packages/contracts',
  'packages/pipeline',
  'packages/templates',
  'services/ingress',
  'services/profile',
  'services/render',
  'services/sender-email',
  'services/sender-sms',
  'services/sender-push',
  'services/tracker',
  'services/scheduler',
];
const GLOBALS =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b|\bperformance\.now\b|\bprocess\.hrtime\b/;

const IMPORT = /^(?:import|export)\b[^;]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm;

interface Source {
  readonly path: string;
  readonly owner: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const folders = ['packages', 'services'].flatMap((group) =>
  readdirSync(join(ROOT, group)).map((name) => `${group}/${name}`),
);
const ownerOf = new Map(folders.map((folder) => [manifest(folder).name, folder]));
const sources = folders.flatMap(sourcesOf);

function manifest(folder: string): { name: string; dependencies?: object; devDependencies?: object } {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
}

function sourcesOf(owner: string): Source[] {
  return readdirSync(join(ROOT, owner, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(ROOT, owner, 'src', name);
      const text = readFileSync(path, 'utf8');
      const imports = [...text.matchAll(IMPORT)].map((match) => (match[1] ?? match[2] ?? match[3]) as string);
      return { path: relative(ROOT, path), owner, text, imports };
    });
}

const layerOf = (folder: string): number => LAYERS.findIndex((layer) => layer.includes(folder));
const packageName = (specifier: string): string => specifier.split('/').slice(0, 2).join('/');
const isTest = ({ path }: Source): boolean => path.endsWith('.test.ts') || path.includes(`${sep}conformance`);

test('every package and service has its place', () => {
  expect(folders.filter((folder) => layerOf(folder) === -1)).toEqual([]);
});

test('imports point to earlier layers, and services do not import each other', () => {
  const wrong = sources.flatMap((source) =>
    source.imports
      .filter((specifier) => specifier.startsWith('@herald/'))
      .map((specifier) => [specifier, ownerOf.get(packageName(specifier))] as const)
      .filter(([, owner]) => owner !== source.owner)
      .filter(([, owner]) => owner === undefined || layerOf(owner) >= layerOf(source.owner))
      .filter(() => !isTest(source))
      .map(([specifier]) => `${source.path} imports ${specifier}`),
  );
  expect(wrong).toEqual([]);
});

test('no file reaches into another package past its public entry', () => {
  const wrong = sources.flatMap((source) =>
    source.imports
      .filter((specifier) => specifier.startsWith('.'))
      .filter((specifier) => !resolve(ROOT, dirname(source.path), specifier).startsWith(join(ROOT, source.owner) + sep))
      .map((specifier) => `${source.path} imports ${specifier}`),
  );
  expect(wrong).toEqual([]);
});

test('routes are mounted in one place, with their description', () => {
  const mayMount = ['packages/service-kit/src/api/api.ts', 'packages/service-kit/src/http.ts'];
  const wrong = sources
    .filter(({ path, text }) => !mayMount.includes(path) && /^import (?!type\b)[^;]* from 'express'/m.test(text))
    .map(({ path }) => path);
  expect(wrong).toEqual([]);
});

test('what is imported is declared', () => {
  const wrong = sources.flatMap((source) => {
    const { dependencies = {}, devDependencies = {} } = manifest(source.owner);
    const declared = new Set(Object.keys(isTest(source) ? { ...dependencies, ...devDependencies } : dependencies));
    const name = (specifier: string): string =>
      specifier.startsWith('@') ? packageName(specifier) : (specifier.split('/')[0] as string);
    return source.imports
      .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .map(name)
      .filter(
        (specifier) => !declared.has(specifier) && specifier !== ownNameOf(source) && specifier !== '@jest/globals',
      )
      .filter((specifier) => !(isTest(source) && specifier.startsWith('@herald/')))
      .map((specifier) => `${source.path} imports ${specifier}`);
  });
  expect([...new Set(wrong)]).toEqual([]);
});

test('stages, loop and ledger take time, randomness and ids from their context', () => {
  const wrong = sources
    .filter((source) => DETERMINISTIC.includes(source.owner) && !isTest(source))
    .flatMap((source) =>
      source.text
        .split('\n')
        .filter((line) => GLOBALS.test(line))
        .map((line) => `${source.path}: ${line.trim()}`),
    );
  expect(wrong).toEqual([]);
});

function ownNameOf({ owner }: Source): string {
  return manifest(owner).name;
}
