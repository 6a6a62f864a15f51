import type { Migration } from '@herald/sqlite';

/**
 * Every key and index of what a tenant owns begins with its org and sandbox. Executions and messages are the exception:
 * their ids are made by Herald and unique over all tenants, so a ledger entry is found by its id alone, and carries the
 * tenant in its claim.
 *
 * `seq` numbers the rows of a table in the order of their insertion; an index without it ends with it all the same, so
 * a listing reads its page from the index, in order. Tables with long rows keep the rowid (a b-tree of integers appends
 * without splitting pages, which halves the cost of an insert), small ones do without.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS config_revision (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
  ) STRICT;
  INSERT INTO config_revision VALUES (1, 1) ON CONFLICT DO NOTHING;

  CREATE TABLE IF NOT EXISTS keys (
    seq INTEGER PRIMARY KEY,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, id TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    revoked_at TEXT,
    UNIQUE (org, sandbox, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS keys_by_tenant ON keys (org, sandbox);

  CREATE TABLE IF NOT EXISTS surfaces (
    seq INTEGER PRIMARY KEY,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (org, sandbox, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS surfaces_by_tenant ON surfaces (org, sandbox);

  CREATE TABLE IF NOT EXISTS campaigns (
    seq INTEGER PRIMARY KEY,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    version INTEGER NOT NULL,
    head TEXT NOT NULL,
    UNIQUE (org, sandbox, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS campaigns_by_tenant ON campaigns (org, sandbox);
  CREATE TABLE IF NOT EXISTS campaign_versions (
    org TEXT NOT NULL, sandbox TEXT NOT NULL, campaign_id TEXT NOT NULL, version INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (org, sandbox, campaign_id, version)
  ) STRICT;

  CREATE TABLE IF NOT EXISTS identities (
    org TEXT NOT NULL, sandbox TEXT NOT NULL, namespace TEXT NOT NULL, value TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    PRIMARY KEY (org, sandbox, namespace, value)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS profiles (
    seq INTEGER PRIMARY KEY,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, id TEXT NOT NULL,
    dataset TEXT,
    body TEXT NOT NULL,
    attributes TEXT NOT NULL,
    UNIQUE (org, sandbox, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS profiles_by_tenant ON profiles (org, sandbox);
  CREATE INDEX IF NOT EXISTS profiles_by_dataset ON profiles (org, sandbox, dataset);

  CREATE TABLE IF NOT EXISTS suppressions (
    seq INTEGER PRIMARY KEY,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, channel TEXT NOT NULL, address TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (org, sandbox, channel, address)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS suppressions_by_tenant ON suppressions (org, sandbox);

  CREATE TABLE IF NOT EXISTS executions (
    seq INTEGER PRIMARY KEY,
    execution_id TEXT NOT NULL UNIQUE,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, request_id TEXT NOT NULL, campaign_id TEXT NOT NULL,
    deadline INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS executions_by_request ON executions (org, sandbox, request_id, campaign_id);
  CREATE INDEX IF NOT EXISTS executions_by_tenant ON executions (org, sandbox);
  CREATE INDEX IF NOT EXISTS executions_by_campaign ON executions (org, sandbox, campaign_id);
  CREATE INDEX IF NOT EXISTS executions_by_deadline ON executions (deadline, execution_id);
  CREATE TABLE IF NOT EXISTS sweep_mark (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    deadline INTEGER NOT NULL, execution_id TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS confirmations (execution_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS cancellations (execution_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS recipients (
    org TEXT NOT NULL, sandbox TEXT NOT NULL, recipient TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (org, sandbox, recipient, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS caps (
    org TEXT NOT NULL, sandbox TEXT NOT NULL, cap_key TEXT NOT NULL, window INTEGER NOT NULL,
    used INTEGER NOT NULL,
    UNIQUE (org, sandbox, cap_key, window)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS caps_by_window ON caps (window);

  CREATE TABLE IF NOT EXISTS ledger (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;

  CREATE TABLE IF NOT EXISTS dead_letters (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    org TEXT, sandbox TEXT,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS dead_letters_by_time ON dead_letters (at);
  CREATE INDEX IF NOT EXISTS dead_letters_by_tenant ON dead_letters (org, sandbox);
`;

/** Triggers, so that no way of changing these tables can forget the revision. */
const REVISION = ['keys', 'surfaces', 'campaigns']
  .flatMap((table) => ['INSERT', 'UPDATE', 'DELETE'].map((change) => ({ table, change })))
  .map(
    ({ table, change }) => `
  CREATE TRIGGER IF NOT EXISTS ${table}_${change.toLowerCase()}_revision AFTER ${change} ON ${table} BEGIN
    UPDATE config_revision SET revision = revision + 1;
  END;`,
  )
  .join('\n');

const CONTENT_ITEMS = `
  CREATE TABLE IF NOT EXISTS content_items (
    seq INTEGER PRIMARY KEY,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (org, sandbox, kind, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS content_items_by_kind ON content_items (org, sandbox, kind);
  CREATE INDEX IF NOT EXISTS content_items_by_name ON content_items (org, sandbox, kind, name);
`;

export const migrations: readonly Migration[] = [
  { version: 1, up: TABLES + REVISION },
  { version: 5, up: CONTENT_ITEMS },
];
