SET lock_timeout = '5s';

-- Parties, their accounts on demand, API keys, and what identifies a person (sealed).
-- Spread over nodes, each table goes by the first column of its primary key; every unique index
-- holds that column. Nothing here is on the path of a posting but `account`, which only grows.
CREATE SCHEMA parties;

CREATE TABLE parties.party (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL CHECK (
        kind IN ('person', 'merchant', 'biller', 'driver', 'operator', 'regulator')
    ),
    display_name text NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 64),
    handle       text,
    jurisdiction text NOT NULL,
    zone         text NOT NULL,
    tier         text NOT NULL,
    status       text NOT NULL CHECK (status IN ('active', 'restricted', 'closed')),
    roles        text[] NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL
);

-- The directory: a handle in lower case, and whose it is.
CREATE TABLE parties.handle (
    handle text PRIMARY KEY,
    party  uuid NOT NULL
);

-- Seats of which a database has one: the operator.
CREATE TABLE parties.seat (
    seat  text PRIMARY KEY,
    party uuid NOT NULL
);

-- Which ledger accounts a party has; the account's id follows from the three columns before it.
CREATE TABLE parties.account (
    party     uuid NOT NULL,
    code      text NOT NULL,
    currency  text NOT NULL,
    account   uuid NOT NULL,
    opened_at timestamptz NOT NULL,
    PRIMARY KEY (party, code, currency)
);

-- API keys: a SHA-256 of 256 random bits, never the secret.
CREATE TABLE parties.api_key (
    id           uuid PRIMARY KEY,
    party        uuid NOT NULL,
    name         text NOT NULL,
    prefix       text NOT NULL UNIQUE,
    digest       bytea NOT NULL CHECK (octet_length(digest) = 32),
    scopes       text[] NOT NULL,
    networks     text[] NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    replaced_by  uuid,
    last_used_at timestamptz
);

CREATE INDEX api_key_party ON parties.api_key (party, id);

-- What identifies a party, sealed with a key that lives in another cluster.
CREATE TABLE parties.vault_field (
    party     uuid NOT NULL,
    field     text NOT NULL,
    version   integer NOT NULL CHECK (version > 0),
    sealed    bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    PRIMARY KEY (party, field)
);

-- Look-up by e-mail or telephone without either: a keyed digest.
CREATE TABLE parties.vault_index (
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    party  uuid NOT NULL,
    field  text NOT NULL,
    PRIMARY KEY (digest, party)
);

CREATE INDEX vault_index_party ON parties.vault_index (party, field);

-- Who is to be forgotten. Kept for good: it is applied again before a restored system opens.
CREATE TABLE parties.erasure (
    subject    uuid PRIMARY KEY,
    ordered_at timestamptz NOT NULL,
    actor      uuid,
    applied_at timestamptz
);

CREATE INDEX erasure_pending ON parties.erasure (subject) WHERE applied_at IS NULL;
