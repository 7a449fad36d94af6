SET lock_timeout = '5s';

-- What the doctor found, each time it was asked: the checks as it prints them.
CREATE TABLE runtime.verdicts (
    id uuid PRIMARY KEY,
    taken_at timestamptz NOT NULL,
    sound boolean NOT NULL,
    checks jsonb NOT NULL
);
