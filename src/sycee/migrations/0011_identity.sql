SET lock_timeout = '5s';

-- Who is at the keys: devices with their passkeys, challenges, sessions and recovery codes.
-- Names of people and devices are not here; secrets are here only as a SHA-256 of random bits.
CREATE SCHEMA identity;

-- A device of a party: its passkey (a COSE key) and the key that signs its requests (P-256, a
-- point of 65 bytes). `role` is what it may do for the party; `sign_count` the authenticator's.
CREATE TABLE identity.device (
    id            uuid PRIMARY KEY,
    party         uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('browser', 'phone', 'till', 'demo')),
    role          text NOT NULL,
    credential    bytea NOT NULL CHECK (octet_length(credential) BETWEEN 1 AND 1023),
    public_key    bytea NOT NULL,
    bound_key     bytea NOT NULL CHECK (octet_length(bound_key) = 65),
    sign_count    bigint NOT NULL,
    synced        boolean NOT NULL,
    added_at      timestamptz NOT NULL,
    used_at       timestamptz,
    suspected_at  timestamptz,
    revoked_at    timestamptz
);

CREATE INDEX device_party ON identity.device (party, id);

-- Whose passkey it is: a SHA-256 of the credential's id.
CREATE TABLE identity.credential (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    device uuid NOT NULL,
    party  uuid NOT NULL
);

-- Challenges that were given out: each is answered once, in time. `draft` is what the answer will
-- make (public names and codes only).
CREATE TABLE identity.challenge (
    id         uuid PRIMARY KEY,
    purpose    text NOT NULL,
    challenge  bytea NOT NULL,
    party      uuid,
    draft      jsonb NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

CREATE INDEX challenge_expires ON identity.challenge (expires_at);

-- Sessions by the SHA-256 of their cookie; `id` is what people see. Each is bound to the key of the
-- browser that opened it, as one synced passkey may live in several. A console's ends after a while
-- without use; a wallet's is locked instead, until its passkey is touched again.
CREATE TABLE identity.session (
    digest      bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    id          uuid NOT NULL,
    party       uuid NOT NULL,
    device      uuid NOT NULL,
    bound_key   bytea NOT NULL CHECK (octet_length(bound_key) = 65),
    kind        text NOT NULL CHECK (kind IN ('wallet', 'console')),
    opened_at   timestamptz NOT NULL,
    unlocked_at timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    ended_at    timestamptz
);

CREATE INDEX session_party ON identity.session (party, id);
CREATE INDEX session_expires ON identity.session (expires_at);

-- Recovery codes: the SHA-256 of 128 random bits each; `used_at` ends one.
CREATE TABLE identity.recovery_code (
    party   uuid NOT NULL,
    digest  bytea NOT NULL CHECK (octet_length(digest) = 32),
    made_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (party, digest)
);

-- When a party last came back by a recovery code: policy may lower its limits for a day.
CREATE TABLE identity.recovery (
    party        uuid PRIMARY KEY,
    recovered_at timestamptz NOT NULL
);

-- Attempts at recovery by name or address: a virtual clock each (GCRA), in every process alike.
CREATE TABLE identity.attempt (
    name   bytea PRIMARY KEY CHECK (octet_length(name) = 32),
    due_at timestamptz NOT NULL
);
