SET lock_timeout = '5s';

CREATE SCHEMA webhooks;

CREATE TABLE webhooks.endpoint (
    id           uuid        NOT NULL PRIMARY KEY,
    party        uuid        NOT NULL,
    url          text        NOT NULL,
    events       text[]      NOT NULL,
    state        text        NOT NULL,
    created_at   timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL
);

CREATE INDEX endpoint_party ON webhooks.endpoint (party);

-- Sealed, as signing needs them back; at most two of an endpoint are alive, during a rotation.
CREATE TABLE webhooks.secret (
    endpoint    uuid        NOT NULL,
    version     integer     NOT NULL,
    sealed      bytea       NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    PRIMARY KEY (endpoint, version)
);

-- One event for one endpoint. `tries` counts since the last replay, `attempts` for good.
CREATE TABLE webhooks.delivery (
    id           uuid        NOT NULL PRIMARY KEY,
    endpoint     uuid        NOT NULL,
    event        uuid        NOT NULL,
    verb         text        NOT NULL,
    xid          xid8        NOT NULL,
    ordinal      integer     NOT NULL,
    state        text        NOT NULL,
    tries        integer     NOT NULL,
    attempts     integer     NOT NULL,
    next_at      timestamptz,
    last_status  integer,
    last_error   text,
    created_at   timestamptz NOT NULL,
    ended_at     timestamptz
);

CREATE INDEX delivery_endpoint ON webhooks.delivery (endpoint, id);

CREATE TABLE webhooks.attempt (
    delivery     uuid        NOT NULL,
    number       integer     NOT NULL,
    at           timestamptz NOT NULL,
    status       integer,
    error        text,
    duration_ms  integer     NOT NULL,
    PRIMARY KEY (delivery, number)
);

-- How far the fan-out has read the journal: one row.
CREATE TABLE webhooks.reader (
    name     text    NOT NULL PRIMARY KEY,
    xid      xid8    NOT NULL,
    ordinal  integer NOT NULL
);

INSERT INTO webhooks.reader (name, xid, ordinal) VALUES ('fan-out', '0', -1);
