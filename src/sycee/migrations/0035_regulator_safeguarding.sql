SET lock_timeout = '5s';

-- Daily reconciliations; one of a currency a day. Never changed: two people sign beside it.
CREATE TABLE regulator.run (
    id                uuid        NOT NULL PRIMARY KEY,
    day_on            date        NOT NULL,
    currency          text        NOT NULL,
    taken_at          timestamptz NOT NULL,
    accounts          bigint      NOT NULL,
    requirement_minor bigint      NOT NULL,
    books_minor       bigint      NOT NULL,
    bank_minor        bigint      NOT NULL,
    lines             bigint      NOT NULL,
    breaks            bigint      NOT NULL,
    digest            bytea       NOT NULL
);

CREATE UNIQUE INDEX run_day ON regulator.run (day_on, currency);

CREATE TABLE regulator.difference (
    run          uuid    NOT NULL,
    place        integer NOT NULL,
    sort         text    NOT NULL,
    subject      uuid    NOT NULL,
    amount_minor bigint  NOT NULL,
    PRIMARY KEY (run, place)
);

CREATE TABLE regulator.signature (
    run        uuid        NOT NULL,
    party      uuid        NOT NULL,
    credential uuid        NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (run, credential)
);
