import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig, ROLES } from '../../packages/service-kit/src/index.ts';
import { dockerAnswers } from '../env/containers.ts';
import { testImage } from './image.ts';

/** What can be said of the image and of docker compose without Docker; with it, the image is built and run, too. */

const ROOT = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(resolve(ROOT, file), 'utf8');

interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly container_name?: string;
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly required?: boolean }>>;
}
const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Readonly<Record<string, Service>>;
};
const ofHerald = Object.entries(services).filter(([, { image }]) => image === 'herald');

test('each role is a service of its own, and named once', () => {
  const split = Object.entries(services).filter(([, { profiles = [] }]) => profiles.includes('split'));
  expect(split.map(([name]) => name).toSorted()).toEqual([...ROLES].toSorted());
  for (const [name, { command }] of split) expect(command).toEqual(['--roles', name]);
});

test('one profile runs where none is asked for', () => {
  expect(read('.env')).toMatch(/^COMPOSE_PROFILES=split$/m);
});

test('what can be scaled has neither a name nor a port of its own', () => {
  for (const [name, { container_name, ports = [] }] of Object.entries(services)) {
    expect(container_name).toBeUndefined();
    if (name !== 'gateway') expect(ports).toEqual([]);
  }
});

test('whatever is waited for exists, and what one profile lacks is not required', () => {
  for (const [, { depends_on = {}, profiles = [] }] of Object.entries(services)) {
    for (const [name, { condition, required = true }] of Object.entries(depends_on)) {
      const other = services[name];
      expect(other).toBeDefined();
      expect(condition).toBe(name === 'prepare' ? 'service_completed_successfully' : 'service_healthy');
      const alwaysThere = (other?.profiles ?? []).every((profile) => profiles.includes(profile));
      expect(required).toBe(alwaysThere);
    }
  }
});

test('what runs is on the settings that Herald has, reads only, and is given time to finish', () => {
  for (const [, service] of ofHerald) {
    const { environment = {}, read_only, stop_grace_period = '' } = service;
    const env = Object.fromEntries(
      Object.entries(environment)
        .map(([name, value]): [string, string] => [name, String(value).replace(/\$\{\w+:-(.*?)\}/g, '$1')])
        // It is read from the volume.
        .filter(([name]) => name !== 'HERALD_PUSH_CA'),
    );
    const loaded = loadConfig(env);
    expect(loaded).toMatchObject({ ok: true });
    expect(read_only).toBe(true);
    const shutdownMs = loaded.ok ? loaded.config.shutdownMs : Number.POSITIVE_INFINITY;
    expect(Number.parseInt(stop_grace_period, 10) * 1_000).toBeGreaterThan(shutdownMs + 5_000);
  }
});

test('every entry exists, and node is what gets the signals', () => {
  const dockerfile = read('Dockerfile');
  const inImage = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]';
  const entries = [JSON.parse(inImage) as string[], ...ofHerald.flatMap(([, { entrypoint }]) => [entrypoint ?? []])];
  for (const [node, file] of entries.filter((entry) => entry.length > 0)) {
    expect(node).toBe('node');
    expect(existsSync(resolve(ROOT, file ?? ''))).toBe(true);
  }
});

test('the image has every workspace, no root, and a health check', () => {
  const dockerfile = read('Dockerfile');
  const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  for (const folder of workspaces.map((pattern) => pattern.replace('/*', ''))) {
    // Its manifests, before what is installed is known; and its sources.
    expect(dockerfile.split(`\nCOPY ${folder} ${folder}\n`)).toHaveLength(3);
    expect(last).toContain(`\nCOPY ${folder} ${folder}\n`);
    expect(read('.dockerignore')).toContain(`\n!${folder}\n`);
  }
  expect(last).toMatch(/^USER node$/m);
  expect(last).toMatch(/^HEALTHCHECK /m);
});

test('what is on a machine beside the sources does not get into the image', () => {
  const lines = read('.dockerignore').split('\n');
  expect(lines).toContain('*');
  for (const kept of ['**/node_modules', '**/.herald', '**/*.test.ts']) expect(lines).toContain(kept);
  expect(lines.filter((line) => /^!.*\.env/.test(line))).toEqual([]);
});

if (dockerAnswers()) testImage();
