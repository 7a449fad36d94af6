SET lock_timeout = '5s';

CREATE SCHEMA journal;

-- One row an action, written in that action's transaction and never changed, but for `salt`, which
-- an erasure sets to NULL. Commit order is (xid, ordinal). See core/journal/append.py.
CREATE TABLE journal.entry (
    xid      xid8        NOT NULL,
    ordinal  integer     NOT NULL,
    id       uuid        NOT NULL,
    at       timestamptz NOT NULL,
    actor    uuid,
    verb     text        NOT NULL,
    subject  uuid        NOT NULL,
    parties  uuid[]      NOT NULL,
    purpose  text        NOT NULL,
    version  smallint    NOT NULL,
    body     jsonb       NOT NULL,
    salt     bytea,
    leaf     bytea       NOT NULL,
    PRIMARY KEY (xid, ordinal)
);

CREATE INDEX entry_subject ON journal.entry (subject, xid, ordinal);

-- Whom a row concerns: one row a party, so that a party's own events are read in commit order.
CREATE TABLE journal.concern (
    party    uuid    NOT NULL,
    xid      xid8    NOT NULL,
    ordinal  integer NOT NULL,
    PRIMARY KEY (party, xid, ordinal)
);
