SET lock_timeout = '5s';

-- How many days a table keeps what has had its time, where an operator has said so; a table without
-- a row here keeps to the days of the code. See runtime/retention.py.
CREATE TABLE runtime.retention (
    relation    text        NOT NULL PRIMARY KEY,
    keep_days   integer     NOT NULL,
    changed_at  timestamptz NOT NULL,
    CONSTRAINT retention_keep_days CHECK (keep_days > 0)
);
