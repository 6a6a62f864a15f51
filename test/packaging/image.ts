import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const IMAGE = `herald-test:${process.pid}`;
const BUILD_MS = 480_000;
const HARDENED = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

const run = promisify(execFile);
const docker = async (...args: string[]): Promise<string> => (await run('docker', args)).stdout.trim();
const start = (...args: string[]): Promise<string> => docker('run', '--detach', ...HARDENED, ...args);
const inspect = (container: string, format: string): Promise<string> =>
  docker('inspect', '--format', format, container);

/** The image as it is built and run. */
export function testImage(): void {
  describe('the image', () => {
    const containers: string[] = [];
    beforeAll(async () => {
      await docker('build', '--quiet', '--tag', IMAGE, ROOT);
    }, BUILD_MS);
    afterAll(async () => {
      if (containers.length > 0) await docker('rm', '--force', '--volumes', ...containers);
      await docker('image', 'rm', '--force', IMAGE);
    }, 60_000);

    test('runs every role without root and without a file system to write on, and ends with 0 on SIGTERM', async () => {
      const container = await start('--env', 'HERALD_INBOX=on', IMAGE);
      containers.push(container);
      await until(
        'it is healthy',
        async () => (await inspect(container, '{{.State.Health.Status}}')) === 'healthy' || undefined,
        120_000,
      );
      expect(await docker('exec', container, 'id', '--user')).not.toBe('0');
      expect(await docker('exec', container, 'ls', '/data')).toContain('herald.db');
      await expect(docker('exec', container, 'touch', '/herald/file')).rejects.toThrow(/Read-only/);
      await docker('stop', '--time', '40', container);
      expect(await inspect(container, '{{.State.ExitCode}}')).toBe('0');
    }, 240_000);

    test('takes its roles as arguments, and hands on the exit code of a wrong one', async () => {
      const container = await start(IMAGE, '--roles', 'nobody');
      containers.push(container);
      expect(await docker('wait', container)).toBe('78');
      const { stderr } = await run('docker', ['logs', container]);
      expect(stderr).toContain('HERALD_ROLES');
    }, 120_000);
  });
}
