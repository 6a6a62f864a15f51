import type { DatabaseSync } from 'node:sqlite';
import type { SqliteModule } from '@herald/sqlite';
import { fetchRecords } from './fetch.ts';
import { createPartitionTable, partitionLogs } from './log.ts';
import type {
  CommitArgs,
  FetchArgs,
  FetchResult,
  LagResult,
  OpenArgs,
  OpenResult,
  PositionsArgs,
  PositionsResult,
  PublishArgs,
  PublishResult,
  ReadArgs,
  ReadResult,
  StoredPartition,
  TrimArgs,
} from './wire.ts';

/** `next_offset` only grows, whatever retention deletes: an offset names one record for ever. */
const SCHEMA = `
  CREATE TABLE bus_topics (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL) STRICT;
  CREATE TABLE bus_partitions (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL REFERENCES bus_topics, number INTEGER NOT NULL,
    next_offset INTEGER NOT NULL DEFAULT 0, UNIQUE (topic, number)) STRICT;
  CREATE TABLE bus_commits (
    member_group TEXT NOT NULL, partition INTEGER NOT NULL REFERENCES bus_partitions, next_offset INTEGER NOT NULL,
    PRIMARY KEY (member_group, partition)) STRICT, WITHOUT ROWID`;

function operations(db: DatabaseSync) {
  const logOf = partitionLogs(db);
  const topicByName = db.prepare('SELECT partitions FROM bus_topics WHERE name = ?');
  const addTopic = db.prepare('INSERT INTO bus_topics VALUES (?, ?)');
  const addPartition = db.prepare('INSERT INTO bus_partitions (topic, number) VALUES (?, ?)');
  const partitionsOf = db.prepare(
    'SELECT id, topic, number, next_offset FROM bus_partitions WHERE topic = ? ORDER BY number',
  );
  const endOf = db.prepare('SELECT next_offset FROM bus_partitions WHERE id = ?');
  const setEnd = db.prepare('UPDATE bus_partitions SET next_offset = ? WHERE id = ?');
  const committed = db.prepare('SELECT next_offset FROM bus_commits WHERE member_group = ? AND partition = ?');
  const setCommitted = db.prepare(
    'INSERT INTO bus_commits VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset',
  );

  const end = (partition: number): number => Number(endOf.get(partition)?.['next_offset'] ?? 0);
  const committedBy = (group: string, partition: number): number | undefined => {
    const row = committed.get(group, partition);
    return row === undefined ? undefined : Number(row['next_offset']);
  };

  const open = ({ topics }: OpenArgs): OpenResult => {
    for (const { name, partitions } of topics) {
      const stored = topicByName.get(name);
      if (stored !== undefined && stored['partitions'] !== partitions) {
        return { ok: false, topic: name, stored: Number(stored['partitions']) };
      }
    }
    const found: StoredPartition[] = [];
    for (const { name, partitions } of topics) {
      if (topicByName.get(name) === undefined) {
        addTopic.run(name, partitions);
        for (let number = 0; number < partitions; number += 1) {
          createPartitionTable(db, Number(addPartition.run(name, number).lastInsertRowid));
        }
      }
      for (const row of partitionsOf.all(name)) {
        found.push({
          id: Number(row['id']),
          topic: name,
          number: Number(row['number']),
          end: Number(row['next_offset']),
        });
      }
    }
    return { ok: true, partitions: found };
  };

  const publish = (args: PublishArgs): PublishResult => {
    const ends = new Map<number, number>();
    let at = 0;
    args.partitions.forEach((partition, index) => {
      const offset = ends.get(partition) ?? end(partition);
      const length = args.lengths[index] ?? 0;
      const value = args.values.subarray(at, at + length);
      logOf(partition).append.run(offset, args.timestamp, args.keys[index] ?? '', args.headers[index] ?? '', value);
      ends.set(partition, offset + 1);
      at += length;
    });
    for (const [partition, next] of ends) setEnd.run(next, partition);
    return [...ends];
  };

  const fetch = (args: FetchArgs): FetchResult => fetchRecords(args, logOf, end);

  const positions = ({ group, partitions }: PositionsArgs): PositionsResult =>
    partitions.flatMap((partition) => {
      const next = committedBy(group, partition);
      return next === undefined ? [] : [[partition, next] as const];
    });

  const commit = (entries: CommitArgs): void => {
    for (const [group, partition, next] of entries) setCommitted.run(group, partition, next);
  };

  const lag = ({ group, partitions }: PositionsArgs): LagResult =>
    partitions.map((partition) => {
      const next = end(partition);
      const oldest = Number(logOf(partition).oldest.get()?.['log_offset'] ?? next);
      return [Math.max(committedBy(group, partition) ?? 0, oldest), next];
    });

  const read = ({ partition, offset }: ReadArgs): ReadResult => {
    const row = logOf(partition).read.get(offset);
    if (row === undefined || !(row['value'] instanceof Uint8Array)) return undefined;
    return {
      timestamp: Number(row['timestamp']),
      key: String(row['key']),
      headers: String(row['headers']),
      value: row['value'],
    };
  };

  /** True: there is more to delete. Only a prefix goes, so that what is left has no holes. */
  const trim = ({ cuts, limit }: TrimArgs): boolean => {
    let more = false;
    for (const [partition, before] of cuts) {
      const log = logOf(partition);
      const ages = log.ages.all(limit);
      const kept = ages.findIndex((row) => Number(row['timestamp']) >= before);
      const last = ages[(kept === -1 ? ages.length : kept) - 1];
      if (last === undefined) continue;
      log.deleteTo.run(Number(last['log_offset']));
      more ||= kept === -1 && ages.length === limit;
    }
    return more;
  };

  return { open, publish, fetch, positions, commit, lag, read, trim };
}

const busModule: SqliteModule = { name: 'bus', migrations: [{ version: 1, up: SCHEMA }], operations };
export default busModule;
