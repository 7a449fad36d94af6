SET lock_timeout = '5s';

CREATE SCHEMA IF NOT EXISTS runtime;

-- One row for each idempotency key ever used on a write; kept for good, since it guards money.
-- `answer` is what was answered (ids and amounts, never personal data); it is set in the
-- transaction that claimed the key, so a committed row always has one.
CREATE TABLE runtime.keys (
    scope uuid NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    refused boolean NOT NULL DEFAULT false,
    answer bytea,
    claimed_at timestamptz NOT NULL,
    PRIMARY KEY (scope, key),
    CONSTRAINT keys_key_length CHECK (length(key) BETWEEN 1 AND 255),
    CONSTRAINT keys_digest_length CHECK (length(digest) = 32)
) WITH (fillfactor = 70);

-- Work to be done later or outside. A database-only job is deleted in its handler's transaction; a
-- job that calls outside is leased, called, then deleted (at least once).
CREATE TABLE runtime.jobs (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    key text,
    body jsonb NOT NULL,
    run_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    leased_until timestamptz,
    last_error text,
    created_at timestamptz NOT NULL
) WITH (fillfactor = 70);

CREATE INDEX jobs_due ON runtime.jobs (kind, run_at);
CREATE UNIQUE INDEX jobs_once ON runtime.jobs (kind, key) WHERE key IS NOT NULL;

-- Jobs that ran out of attempts, kept for a person to look at and requeue.
CREATE TABLE runtime.dead_letters (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    key text,
    body jsonb NOT NULL,
    attempts integer NOT NULL,
    last_error text,
    created_at timestamptz NOT NULL,
    died_at timestamptz NOT NULL
);

CREATE INDEX dead_letters_by_kind ON runtime.dead_letters (kind, died_at);

-- How far each reader of the journal has come.
CREATE TABLE runtime.cursors (
    reader text PRIMARY KEY,
    position text NOT NULL,
    moved_at timestamptz NOT NULL
);
