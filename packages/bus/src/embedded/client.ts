import type { Database } from '@herald/sqlite';
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
  TrimArgs,
} from './wire.ts';

/** The operations of the database's thread, with their types. All throw what `Database.call` throws. */
export interface LogClient {
  open(args: OpenArgs): Promise<OpenResult>;
  publish(args: PublishArgs): Promise<PublishResult>;
  fetch(args: FetchArgs): Promise<FetchResult>;
  positions(args: PositionsArgs): Promise<PositionsResult>;
  commit(args: CommitArgs): Promise<void>;
  lag(args: PositionsArgs): Promise<LagResult>;
  read(args: ReadArgs): Promise<ReadResult>;
  trim(args: TrimArgs): Promise<boolean>;
}

export function createLogClient(database: Database): LogClient {
  const operation =
    <R>(name: string) =>
    (args: unknown): Promise<R> =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `module.ts` answers with these types
      database.call(`bus.${name}`, args) as Promise<R>;
  return {
    open: operation('open'),
    publish: operation('publish'),
    fetch: operation('fetch'),
    positions: operation('positions'),
    commit: operation('commit'),
    lag: operation('lag'),
    read: operation('read'),
    trim: operation('trim'),
  };
}
