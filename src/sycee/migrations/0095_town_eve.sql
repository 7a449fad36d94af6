SET lock_timeout = '5s';

-- Until when the people of a demo town celebrate a New Year's Eve that was asked for: one row.
CREATE TABLE town.eve (
    id          integer     NOT NULL PRIMARY KEY,
    asked_at    timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    CONSTRAINT eve_one CHECK (id = 1)
);
