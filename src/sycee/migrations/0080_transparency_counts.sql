SET lock_timeout = '5s';

-- What each quarter has spent of people's privacy, in thousandths of ε: one row is locked per
-- question, so that two at once cannot spend the same.
CREATE TABLE transparency.count_budget (
    quarter     text   NOT NULL PRIMARY KEY,
    spent_milli bigint NOT NULL CHECK (spent_milli >= 0)
);

-- The questions themselves, each once.
CREATE TABLE transparency.count (
    id            uuid        NOT NULL PRIMARY KEY,
    quarter       text        NOT NULL,
    question      text        NOT NULL,
    days          integer     NOT NULL,
    epsilon_milli integer     NOT NULL CHECK (epsilon_milli > 0),
    asked_at      timestamptz NOT NULL
);
