SET lock_timeout = '5s';

-- How surely a payer approved: a limit may bound one grade alone, and '*' bounds all.
ALTER TABLE policy.limit_rule ADD COLUMN grade text NOT NULL DEFAULT '*';

-- What a party lets go in a day without a touch of its passkey, where it has said so itself.
CREATE TABLE policy.allowance (
    party         uuid        NOT NULL,
    currency      text        NOT NULL,
    amount_minor  bigint      NOT NULL,
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (party, currency)
);
