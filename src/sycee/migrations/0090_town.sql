SET lock_timeout = '5s';

-- How many deeds a minute the simulated people of a demo town do: one row, once it was said.
CREATE SCHEMA town;

CREATE TABLE town.pace (
    id          integer     NOT NULL PRIMARY KEY,
    per_minute  integer     NOT NULL,
    changed_at  timestamptz NOT NULL,
    CONSTRAINT pace_one CHECK (id = 1),
    CONSTRAINT pace_bounds CHECK (per_minute BETWEEN 0 AND 600)
);
