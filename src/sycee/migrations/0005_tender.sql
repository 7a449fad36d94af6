SET lock_timeout = '5s';

CREATE SCHEMA tender;

-- A single-use mandate to pay. The id of a pay code's mandate is derived from the code by a hash,
-- so the code itself is stored nowhere and no second unique index is needed.
CREATE TABLE tender.mandate (
    id             uuid        NOT NULL PRIMARY KEY,
    kind           text        NOT NULL,
    payer          uuid        NOT NULL,
    account        uuid        NOT NULL,
    ceiling_minor  bigint      NOT NULL,
    currency       text        NOT NULL,
    payee          uuid,
    issued_at      timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    spent_at       timestamptz,
    spent_by       uuid,
    spent_to       uuid,
    spent_minor    bigint
);

CREATE INDEX mandate_unspent ON tender.mandate (expires_at) WHERE spent_at IS NULL;
