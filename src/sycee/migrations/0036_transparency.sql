SET lock_timeout = '5s';

CREATE SCHEMA transparency;

-- How far the journal is sealed: the tree's size, and the last row that is in it. One row. `key` is
-- the log's name and public key, set by the first sealing and never changed: it is who the log is.
CREATE TABLE transparency.head (
    name     text    NOT NULL PRIMARY KEY,
    size     bigint  NOT NULL,
    xid      xid8    NOT NULL,
    ordinal  integer NOT NULL,
    key      text
);

INSERT INTO transparency.head (name, size, xid, ordinal) VALUES ('journal', 0, '0', -1);

-- The tree in tiles of 256 hashes of 32 bytes (C2SP tlog-tiles). The last tile of a level grows;
-- what is in a tile never changes. Of level 0, (xid, ordinal) is the tile's first row in the
-- journal.
CREATE TABLE transparency.tile (
    level    smallint NOT NULL,
    place    bigint   NOT NULL,
    hashes   bytea    NOT NULL,
    xid      xid8,
    ordinal  integer,
    PRIMARY KEY (level, place)
);

-- Hashes do not compress; a tile is kept outside its row, which stays narrow.
ALTER TABLE transparency.tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE INDEX tile_first ON transparency.tile (xid, ordinal) WHERE level = 0;

-- What the log has said of itself: a signed note for each size that was published.
CREATE TABLE transparency.checkpoint (
    size     bigint      NOT NULL PRIMARY KEY,
    root     bytea       NOT NULL,
    note     text        NOT NULL,
    made_at  timestamptz NOT NULL
);

-- Who is asked to cosign, and the size each has cosigned last.
CREATE TABLE transparency.witness (
    id         uuid        NOT NULL PRIMARY KEY,
    key        text        NOT NULL,
    url        text        NOT NULL,
    size       bigint      NOT NULL DEFAULT 0,
    seen_at    timestamptz,
    failed_at  timestamptz,
    failure    text,
    added_at   timestamptz NOT NULL
);

CREATE TABLE transparency.cosignature (
    size     bigint      NOT NULL,
    witness  uuid        NOT NULL,
    line     text        NOT NULL,
    made_at  timestamptz NOT NULL,
    PRIMARY KEY (size, witness)
);
