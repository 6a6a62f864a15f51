import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openDatabase, type Database } from '../index.ts';

export const notesModule = new URL('./notes.ts', import.meta.url);
export const laterNotesModule = new URL('./notes-later.ts', import.meta.url);

export interface Workplace {
  readonly file: string;
  open(options?: { readonly maxBytes?: number; readonly module?: URL }): Promise<Database>;
  /** Starts `writer.ts` on the file; `command` goes before Node. */
  write(count?: number, command?: readonly string[]): Writer;
  /** Closes what is open, ends what runs, deletes the directory. */
  dispose(): Promise<void>;
}
export interface Writer {
  /** Grows as the process prints. */
  readonly lines: readonly string[];
  /** Resolves when that many lines are there; rejects when the process ends before. */
  printed(lines: number): Promise<void>;
  kill(): Promise<void>;
  readonly exited: Promise<unknown>;
}

export function createWorkplace(): Workplace {
  const directory = mkdtempSync(join(tmpdir(), 'herald-sqlite-'));
  const file = join(directory, 'notes.db');
  const databases: Database[] = [];
  const writers: Writer[] = [];
  return {
    file,
    open: async ({ maxBytes, module = notesModule } = {}) => {
      const database = await openDatabase({ file, modules: [module], ...(maxBytes === undefined ? {} : { maxBytes }) });
      databases.push(database);
      return database;
    },
    write: (count, command = []) => {
      const script = fileURLToPath(new URL('./writer.ts', import.meta.url));
      const [program, ...args] = [...command, process.execPath, script, file];
      const child = spawn(program, count === undefined ? args : [...args, String(count)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const writer = follow(child);
      writers.push(writer);
      return writer;
    },
    dispose: async () => {
      await Promise.all(writers.map((writer) => writer.kill()));
      await Promise.all(databases.map((database) => database.close()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function follow(child: ChildProcess): Writer {
  const lines: string[] = [];
  const exited = once(child, 'exit');
  if (child.stdout === null) throw new Error('the child has no output');
  const reader = createInterface(child.stdout);
  const drained = once(reader, 'close');
  reader.on('line', (line) => lines.push(line));
  return {
    lines,
    printed: (count) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (lines.length >= count) resolve();
        };
        check();
        reader.on('line', check);
        reader.on('close', () => reject(new Error(`ended after ${lines.length} lines`)));
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await Promise.all([exited, drained]);
    },
    exited: Promise.all([exited, drained]),
  };
}
