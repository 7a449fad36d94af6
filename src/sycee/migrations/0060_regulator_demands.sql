SET lock_timeout = '5s';

-- What authorities demand of people's data. The request stands verbatim, sealed under a key of the
-- demand's own; `asked` and `granted` are canonical JSON of whom, what and which time.
CREATE TABLE regulator.demand (
    id          uuid        NOT NULL PRIMARY KEY,
    authority   text        NOT NULL,
    legal_basis text        NOT NULL,
    offence     text        NOT NULL,
    sha256      bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    sealed      bytea       NOT NULL,
    asked       bytea       NOT NULL,
    gag_until   timestamptz,
    gag_basis   text,
    received_by uuid        NOT NULL,
    received_at timestamptz NOT NULL,
    state       text        NOT NULL CHECK (
        state IN ('received', 'approved-once', 'granted', 'answered', 'declined')
    ),
    granted     bytea,
    answered_at timestamptz,
    answer      bytea,
    told_at     timestamptz,
    CHECK ((gag_until IS NULL) = (gag_basis IS NULL))
);

CREATE INDEX demand_untold ON regulator.demand (gag_until)
    WHERE gag_until IS NOT NULL AND told_at IS NULL;

-- A person's word on a demand. `credential` is the device that was touched, or the party.
CREATE TABLE regulator.demand_word (
    demand     uuid        NOT NULL,
    credential uuid        NOT NULL,
    party      uuid        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('approve', 'decline')),
    at         timestamptz NOT NULL,
    PRIMARY KEY (demand, credential)
);
