SET lock_timeout = '5s';

CREATE SCHEMA paycodes;

-- What a device computes offline pay codes from: one seed a device, sealed under a key that is
-- derived from the server's master key. Codes begin with the locator, which several may have.
CREATE TABLE paycodes.seed (
    device         uuid        NOT NULL PRIMARY KEY,
    party          uuid        NOT NULL,
    locator        int         NOT NULL CHECK (locator BETWEEN 0 AND 9999999),
    sealed         bytea       NOT NULL,
    ceiling_minor  bigint      NOT NULL CHECK (ceiling_minor > 0),
    currency       text        NOT NULL,
    made_at        timestamptz NOT NULL
);

CREATE INDEX seed_locator ON paycodes.seed (locator);
CREATE INDEX seed_party ON paycodes.seed (party);
