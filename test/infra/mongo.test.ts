import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { startMongo } from '../../infra/local/mongo.ts';
import type { LocalServer } from '../../infra/local/server.ts';

let dir: string;
let server: LocalServer;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'herald-mongo-'));
  server = await startMongo({ dir });
}, 900_000);
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

async function ids(write?: string): Promise<unknown[]> {
  const connection = await mongoose.createConnection(server.url, { serverSelectionTimeoutMS: 1_000 }).asPromise();
  try {
    const notes = connection.collection<{ _id: string }>('notes');
    if (write !== undefined) await notes.insertOne({ _id: write }, { writeConcern: { w: 'majority', journal: true } });
    return (await notes.find().toArray()).map(({ _id }) => _id);
  } finally {
    await connection.close();
  }
}

test('a local database keeps its data and its address over a kill and a restart', async () => {
  const { url, pid } = server;
  await ids('before');
  await server.kill();
  await expect(ids()).rejects.toThrow();
  await server.restart();
  expect(server.url).toBe(url);
  expect(server.pid).not.toBe(pid);
  expect(await ids('after')).toEqual(['before', 'after']);
  await server.stop();
  await server.restart();
  expect(await ids()).toEqual(['before', 'after']);
});

test('two of them live side by side', async () => {
  const other = await startMongo({ dir: join(dir, 'other') });
  try {
    expect(other.url).not.toBe(server.url);
  } finally {
    await other.stop();
    // Twice is no harm: a test stops what another one killed.
    await other.stop();
  }
});
