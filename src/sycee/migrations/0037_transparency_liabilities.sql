SET lock_timeout = '5s';

-- One published total: what the house owed in a currency at an instant of a day, as a tree's root.
CREATE TABLE transparency.liabilities (
    epoch      integer     NOT NULL,
    currency   text        NOT NULL,
    day_on     date        NOT NULL,
    taken_at   timestamptz NOT NULL,
    height     smallint    NOT NULL,
    sum_minor  bigint      NOT NULL,
    root       bytea       NOT NULL,
    accounts   bigint      NOT NULL,
    entry      uuid        NOT NULL,
    PRIMARY KEY (epoch, currency)
);

-- The tree's stored levels in chunks of 256 records of 40 bytes (sum, hash). `first` is the id of
-- the first leaf of a chunk of level 0; ids themselves are not kept, as their owners can make them.
CREATE TABLE transparency.liability_chunk (
    epoch     integer  NOT NULL,
    currency  text     NOT NULL,
    level     smallint NOT NULL,
    place     bigint   NOT NULL,
    records   bytea    NOT NULL,
    first     bytea,
    PRIMARY KEY (epoch, currency, level, place)
);

ALTER TABLE transparency.liability_chunk ALTER COLUMN records SET STORAGE EXTERNAL;

CREATE INDEX liability_chunk_first ON transparency.liability_chunk (epoch, currency, first)
    WHERE level = 0;
