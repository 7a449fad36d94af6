SET lock_timeout = '5s';

-- Red envelopes. The pot is the ledger account with the envelope's own id. Spread over nodes, every
-- table but link and role goes by the envelope's id, which each unique index holds.
CREATE SCHEMA envelopes;

CREATE TABLE envelopes.envelope (
    id              uuid PRIMARY KEY,
    sender          uuid        NOT NULL,
    account         uuid        NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('lucky', 'equal')),
    currency        text        NOT NULL,
    amount_minor    bigint      NOT NULL CHECK (amount_minor > 0),
    shares          integer     NOT NULL CHECK (shares > 0),
    cover           text        NOT NULL,
    password        bytea,
    salt            bytea       NOT NULL,
    named           uuid[]      NOT NULL,
    commitment      bytea       NOT NULL,
    seed            bytea       NOT NULL,
    state           text        NOT NULL CHECK (state IN ('open', 'empty', 'expired')),
    taken           integer     NOT NULL,
    claimed         integer     NOT NULL,
    claimed_minor   bigint      NOT NULL,
    refunded_minor  bigint      NOT NULL,
    returned        integer[]   NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    CHECK (claimed_minor + refunded_minor <= amount_minor)
) WITH (fillfactor = 70);

CREATE INDEX envelope_expires ON envelopes.envelope (expires_at) WHERE state = 'open';
CREATE INDEX envelope_ended ON envelopes.envelope (ended_at) WHERE ended_at IS NOT NULL;

-- The link that is shared: a SHA-256 of its 128 random bits.
CREATE TABLE envelopes.link (
    digest    bytea PRIMARY KEY,
    envelope  uuid NOT NULL
);

-- The shares as they were fixed at creation, in the order in which they are taken.
CREATE TABLE envelopes.share (
    envelope      uuid    NOT NULL,
    place         integer NOT NULL,
    amount_minor  bigint  NOT NULL CHECK (amount_minor > 0),
    PRIMARY KEY (envelope, place)
);

-- Who took which share: one a person.
CREATE TABLE envelopes.claim (
    envelope      uuid        NOT NULL,
    party         uuid        NOT NULL,
    place         integer     NOT NULL,
    amount_minor  bigint      NOT NULL,
    transfer      uuid        NOT NULL,
    claimed_at    timestamptz NOT NULL,
    PRIMARY KEY (envelope, party),
    UNIQUE (envelope, place)
);

-- Wrong passwords, by person.
CREATE TABLE envelopes.attempt (
    envelope  uuid    NOT NULL,
    party     uuid    NOT NULL,
    tries     integer NOT NULL,
    PRIMARY KEY (envelope, party)
);

-- Whose envelopes, for lists: those one sent, and those one took from.
CREATE TABLE envelopes.role (
    party     uuid NOT NULL,
    envelope  uuid NOT NULL,
    side      text NOT NULL CHECK (side IN ('sender', 'taker')),
    PRIMARY KEY (party, envelope, side)
);

-- How large an envelope may be here. One row.
CREATE TABLE envelopes.bounds (
    name             text    NOT NULL PRIMARY KEY,
    shares_max       integer NOT NULL CHECK (shares_max > 0),
    share_max_minor  bigint  NOT NULL CHECK (share_max_minor > 0)
);

INSERT INTO envelopes.bounds (name, shares_max, share_max_minor) VALUES ('here', 100, 20000);
