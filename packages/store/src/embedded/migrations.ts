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

const AUDIT = `
  CREATE TABLE IF NOT EXISTS audit (
    seq INTEGER PRIMARY KEY,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, object_type TEXT NOT NULL, object_id TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS audit_by_tenant ON audit (org, sandbox);
  CREATE INDEX IF NOT EXISTS audit_by_type ON audit (org, sandbox, object_type);
  CREATE INDEX IF NOT EXISTS audit_by_object ON audit (org, sandbox, object_type, object_id);
`;

/**
 * Marks of erasures, under HMACs of identities and addresses. Profiles are counted as they come and go: to count them
 * when somebody asks would keep everybody else waiting.
 */
const ERASURES = `
  CREATE TABLE erasures (
    org TEXT NOT NULL, sandbox TEXT NOT NULL, mark TEXT NOT NULL,
    lifted INTEGER NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (org, sandbox, mark)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX erasures_by_end ON erasures (until);

  CREATE TABLE profile_counts (
    org TEXT NOT NULL, sandbox TEXT NOT NULL, dataset TEXT NOT NULL,
    profiles INTEGER NOT NULL,
    PRIMARY KEY (org, sandbox, dataset)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO profile_counts
    SELECT org, sandbox, coalesce(dataset, ''), count(*) FROM profiles GROUP BY org, sandbox, coalesce(dataset, '');
  CREATE TRIGGER profiles_insert_count AFTER INSERT ON profiles BEGIN
    INSERT INTO profile_counts VALUES (NEW.org, NEW.sandbox, coalesce(NEW.dataset, ''), 1)
      ON CONFLICT DO UPDATE SET profiles = profiles + 1;
  END;
  CREATE TRIGGER profiles_delete_count AFTER DELETE ON profiles BEGIN
    UPDATE profile_counts SET profiles = profiles - 1
      WHERE org = OLD.org AND sandbox = OLD.sandbox AND dataset = coalesce(OLD.dataset, '');
  END;
`;

const FIXTURES = `
  CREATE TABLE fixtures (
    org TEXT NOT NULL, sandbox TEXT NOT NULL, campaign_id TEXT NOT NULL, name TEXT NOT NULL,
    summary TEXT NOT NULL,
    request TEXT NOT NULL,
    PRIMARY KEY (org, sandbox, campaign_id, name)
  ) STRICT;
`;

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

/**
 * How messages ended, to be searched; and executions whose `seq` begins with the time in their id, see `seq.ts`. A
 * message's place is its key in each state and reason, and once more in each campaign.
 */
const SEARCH = `
  CREATE TABLE endings (
    org TEXT NOT NULL, sandbox TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, place TEXT NOT NULL,
    round INTEGER NOT NULL,
    campaign_id TEXT NOT NULL,
    PRIMARY KEY (org, sandbox, state, reason, place, round)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX endings_by_campaign ON endings (org, sandbox, campaign_id, state, reason, place);

  CREATE TABLE rounds (id TEXT PRIMARY KEY, deadline INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX rounds_by_deadline ON rounds (deadline, id);
  ALTER TABLE dead_letters ADD COLUMN resolution TEXT;

  UPDATE recipients SET seq = (
    SELECT json_extract(body, '$.acceptedAt') * 4096 + executions.seq % 4096
    FROM executions WHERE executions.seq = recipients.seq);
  UPDATE executions SET seq = json_extract(body, '$.acceptedAt') * 4096 + seq % 4096;
`;

/** How messages of campaigns ended, in short windows of time. */
const TALLIES = `
  CREATE TABLE tallies (
    window INTEGER NOT NULL,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, campaign_id TEXT NOT NULL, provider TEXT NOT NULL,
    sent INTEGER NOT NULL, refused INTEGER NOT NULL, unclear INTEGER NOT NULL,
    PRIMARY KEY (window, org, sandbox, campaign_id, provider)
  ) STRICT, WITHOUT ROWID;
`;

const PROVIDER_GRANTS = `
  CREATE TABLE provider_grants (provider TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/** What providers said of messages; and under which id a provider took a message, where it speaks of that one. */
const FEEDBACK = `
  CREATE TABLE feedback (
    org TEXT NOT NULL, sandbox TEXT NOT NULL, id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (org, sandbox, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX feedback_by_message ON feedback (message_id);
  CREATE INDEX feedback_by_address ON feedback (org, sandbox, channel, address, at) WHERE address IS NOT NULL;

  CREATE TABLE provider_messages (
    provider TEXT NOT NULL, provider_message_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    PRIMARY KEY (provider, provider_message_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX provider_messages_by_message ON provider_messages (message_id);
`;

/** Whether deliveries fail is no change of the configuration: the trigger looks at the body alone. */
const WEBHOOKS = `
  CREATE TABLE webhooks (
    seq INTEGER PRIMARY KEY,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    failing_since INTEGER,
    UNIQUE (org, sandbox, id)
  ) STRICT;
  CREATE INDEX webhooks_by_tenant ON webhooks (org, sandbox);
  ${['INSERT', 'UPDATE OF body', 'DELETE']
    .map(
      (change, n) => `
  CREATE TRIGGER webhooks_revision_${n} AFTER ${change} ON webhooks BEGIN
    UPDATE config_revision SET revision = revision + 1;
  END;`,
    )
    .join('')}

  CREATE TABLE webhook_deliveries (
    seq INTEGER PRIMARY KEY,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, webhook_id TEXT NOT NULL, id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (org, sandbox, webhook_id, id)
  ) STRICT;
  CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (org, sandbox, webhook_id);
  CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (org, sandbox, webhook_id, state);
  CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (at);
`;

/**
 * Files that were read into the suppression list; its entries by what they cover, so that a listing of one kind passes
 * no others over; and the audit log by the id of a thing alone.
 */
const UPLOADS = `
  CREATE TABLE uploads (
    seq INTEGER PRIMARY KEY,
    org TEXT NOT NULL, sandbox TEXT NOT NULL, id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (org, sandbox, id)
  ) STRICT;
  CREATE INDEX uploads_by_tenant ON uploads (org, sandbox);

  ALTER TABLE suppressions ADD COLUMN kind TEXT GENERATED ALWAYS AS (
    CASE
      WHEN substr(address, 1, 5) = 'hash:' THEN 'hash'
      WHEN channel = 'email' AND substr(address, 1, 1) = '@' THEN 'domain'
      WHEN channel = 'sms' AND substr(address, -1) = '*' THEN 'prefix'
      ELSE 'address'
    END) VIRTUAL;
  CREATE INDEX suppressions_by_kind ON suppressions (org, sandbox, channel, kind);
  CREATE INDEX audit_by_id ON audit (org, sandbox, object_id);
`;

export const migrations: readonly Migration[] = [
  { version: 1, up: TABLES + REVISION },
  { version: 2, up: AUDIT },
  { version: 3, up: ERASURES },
  { version: 4, up: FIXTURES },
  { version: 5, up: CONTENT_ITEMS },
  { version: 6, up: SEARCH },
  { version: 7, up: PROVIDER_GRANTS },
  { version: 8, up: TALLIES },
  { version: 9, up: FEEDBACK },
  { version: 10, up: WEBHOOKS },
  { version: 11, up: UPLOADS },
];
