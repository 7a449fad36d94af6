SET lock_timeout = '5s';

-- The regulator's office. Orders are append-only: what becomes of one is a step, never an edit.
CREATE SCHEMA regulator;

CREATE TABLE regulator.key (
    id            uuid        NOT NULL PRIMARY KEY,
    party         uuid        NOT NULL,
    public        bytea       NOT NULL,
    credential    uuid        NOT NULL,
    registered_at timestamptz NOT NULL,
    revoked_at    timestamptz
);

CREATE UNIQUE INDEX key_public ON regulator.key (public);
CREATE INDEX key_party ON regulator.key (party, id);

-- `document` is the canonical text that was signed, byte by byte.
CREATE TABLE regulator.directive (
    id          uuid        NOT NULL PRIMARY KEY,
    document    bytea       NOT NULL,
    proposer    uuid        NOT NULL,
    key         uuid        NOT NULL,
    credential  uuid        NOT NULL,
    signature   bytea       NOT NULL,
    proposed_at timestamptz NOT NULL
);

-- `cut` is the snapshot taken under every gate's lock: what it does not show was posted after.
CREATE TABLE regulator.step (
    directive    uuid        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('issued', 'declined', 'ended')),
    at           timestamptz NOT NULL,
    by_party     uuid,
    key          uuid,
    signature    bytea,
    cut          pg_snapshot,
    effective_at timestamptz,
    by_directive uuid,
    PRIMARY KEY (directive, kind)
);

CREATE INDEX step_by_directive ON regulator.step (by_directive) WHERE by_directive IS NOT NULL;

CREATE TABLE regulator.sent (
    directive    uuid        NOT NULL,
    subject      uuid        NOT NULL,
    product      text        NOT NULL,
    operation    text        NOT NULL,
    amount_minor bigint      NOT NULL,
    currency     text        NOT NULL,
    sent_at      timestamptz NOT NULL,
    PRIMARY KEY (directive, subject)
);

-- One row: how many steps orders have taken, and a hash over them all. Whoever issues locks it.
CREATE TABLE regulator.head (
    one   boolean NOT NULL PRIMARY KEY CHECK (one),
    steps bigint  NOT NULL,
    hash  bytea   NOT NULL
);

INSERT INTO regulator.head (one, steps, hash) VALUES (true, 0, '\x');
