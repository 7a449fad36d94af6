SET lock_timeout = '5s';

-- When the worker last looked through all deadlines: one row for each name of a pass.
CREATE TABLE runtime.passes (
    name text PRIMARY KEY,
    ended_at timestamptz NOT NULL
) WITH (fillfactor = 50);
