import { integer, matching, oneOf } from '../config-values.ts';
import { about } from './setting.ts';

export const mongoSettings = {
  mongoUrl: matching(/^mongodb(?:\+srv)?:\/\/\S+$/, 'a URL that begins with mongodb:// or mongodb+srv://')
    .optional()
    .register(about, {
      env: 'HERALD_MONGO_URL',
      meaning: 'The database, with user and password where it wants them; goes with HERALD_KAFKA_BROKERS',
      example: 'mongodb://mongo-1:27017,mongo-2:27017/herald?replicaSet=rs0',
    }),
  mongoDatabase: matching(/^[\w-]{1,63}$/, 'at most 63 letters, digits, "_" and "-"')
    .optional()
    .register(about, {
      env: 'HERALD_MONGO_DATABASE',
      meaning: 'The name of the database; without it the one in the URL, else `herald`',
      example: 'herald',
    }),
  mongoPoolSize: integer(1, 1_000).register(about, {
    env: 'HERALD_MONGO_POOL',
    default: '20',
    meaning: 'Connections to the database at most, per process',
    example: '50',
  }),
  mongoReachMs: integer(10, 600_000).register(about, {
    env: 'HERALD_MONGO_REACH_MS',
    default: '2000',
    unit: 'ms',
    meaning: 'How long to look for a server that takes writes, and to wait for a connection',
    example: '2000',
  }),
  mongoAnswerMs: integer(10, 600_000).register(about, {
    env: 'HERALD_MONGO_ANSWER_MS',
    default: '5000',
    unit: 'ms',
    meaning: 'How long a server may take for one command',
    example: '5000',
  }),
  mongoMigrate: oneOf(['check', 'at-start']).register(about, {
    env: 'HERALD_MONGO_MIGRATE',
    default: 'check',
    meaning:
      '`check`: a start without the collections and indexes says what to run, and ends; `at-start`: it makes them, for trials and test suites',
    example: 'at-start',
  }),
};
