SET lock_timeout = '5s';

-- How many times each person's vault was opened, and the leaf of the last row that says so. Each
-- row of the journal names the one before it, so a person's list has no hole that does not show.
CREATE TABLE parties.reading_head (
    subject  uuid PRIMARY KEY,
    readings bigint NOT NULL CHECK (readings > 0),
    leaf     bytea NOT NULL CHECK (octet_length(leaf) = 32)
);
