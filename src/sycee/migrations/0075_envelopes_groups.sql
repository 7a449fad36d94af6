SET lock_timeout = '5s';

-- For whom an envelope is (a group, newcomers), what it says, and how many wrong passwords it
-- heard. A password is from now on kept as a digest under a key of the house's own, which is not
-- here.
ALTER TABLE envelopes.envelope
    ADD COLUMN crew uuid,
    ADD COLUMN newcomers boolean NOT NULL DEFAULT false,
    ADD COLUMN greeting text NOT NULL DEFAULT 'wish',
    ADD COLUMN wrong integer NOT NULL DEFAULT 0;

-- Of those that are open, by group, the newest first: at most a few rows a group.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX envelope_crew ON envelopes.envelope (crew, id) WHERE crew IS NOT NULL;

-- A link that was made from a face-to-face code is one person's.
ALTER TABLE envelopes.link ADD COLUMN party uuid;

-- People who give to each other. The invitation is kept as a SHA-256 of its 128 random bits.
CREATE TABLE envelopes.crew (
    id          uuid PRIMARY KEY,
    owner       uuid        NOT NULL,
    emblem      text        NOT NULL,
    digest      bytea       NOT NULL,
    members     integer     NOT NULL CHECK (members >= 0),
    created_at  timestamptz NOT NULL
);

CREATE UNIQUE INDEX crew_digest ON envelopes.crew (digest);

CREATE TABLE envelopes.member (
    crew       uuid        NOT NULL,
    party      uuid        NOT NULL,
    joined_at  timestamptz NOT NULL,
    PRIMARY KEY (crew, party)
);

CREATE INDEX member_party ON envelopes.member (party, crew);

-- A short code on the sender's phone, for minutes: a digest under the house's key, as six digits
-- are soon tried.
CREATE TABLE envelopes.code (
    digest      bytea PRIMARY KEY,
    envelope    uuid        NOT NULL,
    expires_at  timestamptz NOT NULL
);

CREATE INDEX code_expires ON envelopes.code (expires_at);
CREATE INDEX code_envelope ON envelopes.code (envelope);

-- Wrong codes, by person, since a moment.
CREATE TABLE envelopes.guess (
    party     uuid PRIMARY KEY,
    since_at  timestamptz NOT NULL,
    tries     integer     NOT NULL
);

-- What people write on an envelope: its sender a greeting, a taker a thank-you, sealed with the
-- writer's key.
CREATE TABLE envelopes.words (
    envelope    uuid        NOT NULL,
    writer      uuid        NOT NULL,
    sealed      bytea       NOT NULL,
    written_at  timestamptz NOT NULL,
    PRIMARY KEY (envelope, writer)
);

CREATE INDEX words_writer ON envelopes.words (writer, envelope);

-- Money that came back to its sender through a circle of friends, as the ledger shows it. `id` is a
-- digest of the people and the day, so the same find is one row.
CREATE TABLE envelopes.circle (
    id           uuid PRIMARY KEY,
    people       uuid[]      NOT NULL,
    currency     text        NOT NULL,
    round_minor  bigint      NOT NULL,
    sent_minor   bigint      NOT NULL,
    since_at     timestamptz NOT NULL,
    found_at     timestamptz NOT NULL,
    seen_by      uuid,
    seen_at      timestamptz
);

CREATE INDEX circle_found ON envelopes.circle (found_at, id);

-- Envelopes that name a person are listed for that person before they are opened.
-- squawk-ignore ban-drop-constraint
ALTER TABLE envelopes.role DROP CONSTRAINT role_side_check;
ALTER TABLE envelopes.role
    ADD CONSTRAINT role_side_check CHECK (side IN ('sender', 'taker', 'named')) NOT VALID;

-- The bounds that remain here are what one transaction can write; how large a gift may be is a
-- limit pack's to say.
UPDATE envelopes.bounds SET shares_max = 10000, share_max_minor = 100000000000 WHERE name = 'here';
