SET lock_timeout = '5s';

-- What a person agreed to, and when they took it back. One at a time for a purpose stands.
CREATE TABLE parties.consent (
    party        uuid NOT NULL,
    id           uuid NOT NULL,
    purpose      text NOT NULL,
    language     text NOT NULL,
    jurisdiction text NOT NULL,
    method       text NOT NULL CHECK (method IN ('session', 'api-key')),
    notice       text NOT NULL,
    given_at     timestamptz NOT NULL,
    withdrawn_at timestamptz,
    PRIMARY KEY (party, id)
);

CREATE UNIQUE INDEX consent_standing ON parties.consent (party, purpose)
    WHERE withdrawn_at IS NULL;
