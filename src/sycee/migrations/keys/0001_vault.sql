SET lock_timeout = '5s';

-- The key cluster: one wrapped data key a person. Its WAL is not archived and its backups are
-- short, or forgetting would not be forgetting.
CREATE SCHEMA vault;

CREATE TABLE vault.data_key (
    subject        uuid PRIMARY KEY,
    wrapped        bytea,
    master_version integer NOT NULL,
    created_at     timestamptz NOT NULL,
    destroyed_at   timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE INDEX data_key_destroyed ON vault.data_key (destroyed_at, subject)
    WHERE destroyed_at IS NOT NULL;

-- Keys of the house itself, such as the blind index's.
CREATE TABLE vault.house_key (
    name           text PRIMARY KEY,
    wrapped        bytea NOT NULL,
    master_version integer NOT NULL,
    created_at     timestamptz NOT NULL
);
