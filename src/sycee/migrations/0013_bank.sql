SET lock_timeout = '5s';

-- Money in and out by bank. Every table of movements goes by the safeguarding account, which is
-- also the id of the ledger account that stands for it.
CREATE SCHEMA bank;

CREATE TABLE bank.account (
    id        uuid PRIMARY KEY,
    number    text NOT NULL,
    bic       text,
    name      text NOT NULL,
    currency  text NOT NULL,
    opened_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX account_number ON bank.account (number);

-- Files taken, by the SHA-256 of their bytes. The bytes themselves are not kept: they name people.
CREATE TABLE bank.file (
    sha256      text PRIMARY KEY,
    id          uuid NOT NULL,
    kind        text NOT NULL,
    lines       integer NOT NULL,
    known       integer NOT NULL,
    imported_at timestamptz NOT NULL,
    imported_by uuid
);

CREATE TABLE bank.statement (
    account       uuid NOT NULL,
    id            uuid NOT NULL,
    file          uuid NOT NULL,
    sequence      bigint NOT NULL,
    opening_on    date NOT NULL,
    closing_on    date NOT NULL,
    opening_minor bigint NOT NULL,
    closing_minor bigint NOT NULL,
    net_minor     bigint NOT NULL,
    lines         integer NOT NULL,
    imported_at   timestamptz NOT NULL,
    PRIMARY KEY (account, id)
);

-- One line of the bank's own books. `entry` is the lasting identity of the bank's entry, `part`
-- the place of a transaction in it. What a queued line says of people is sealed with the file's
-- key and wiped once the line is settled.
CREATE TABLE bank.line (
    account      uuid NOT NULL,
    id           uuid NOT NULL,
    entry        text NOT NULL,
    part         integer NOT NULL,
    incoming     boolean NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    booked_on    date NOT NULL,
    state        text NOT NULL CHECK (state IN (
        'top-up', 'booked', 'bank-return', 'unmatched', 'assigned', 'returning', 'returned', 'own'
    )),
    reason       text,
    party        uuid,
    subject      uuid,
    file         uuid NOT NULL,
    sealed       bytea,
    imported_at  timestamptz NOT NULL,
    settled_at   timestamptz,
    PRIMARY KEY (account, id)
);

CREATE UNIQUE INDEX line_entry ON bank.line (account, entry, part);
CREATE INDEX line_unmatched ON bank.line (account, id) WHERE state = 'unmatched';

-- Which statement shows which line: where statements overlap, a line stands in both.
CREATE TABLE bank.shown (
    account   uuid NOT NULL,
    statement uuid NOT NULL,
    line      uuid NOT NULL,
    PRIMARY KEY (account, statement, line)
);

CREATE INDEX shown_line ON bank.shown (account, line);

CREATE TABLE bank.top_up (
    reference      text PRIMARY KEY,
    id             uuid NOT NULL,
    party          uuid NOT NULL,
    account        uuid NOT NULL,
    amount_minor   bigint NOT NULL CHECK (amount_minor > 0),
    currency       text NOT NULL,
    line           uuid,
    received_minor bigint,
    created_at     timestamptz NOT NULL,
    credited_at    timestamptz
);

CREATE INDEX top_up_party ON bank.top_up (party, id);

-- Payments out: a customer's withdrawal, or a stranger's money going back (`line`). To whom is
-- sealed: a withdrawal's with its party's key, a return's with its file's.
CREATE TABLE bank.payment (
    id             uuid PRIMARY KEY,
    account        uuid NOT NULL,
    party          uuid,
    line           uuid,
    amount_minor   bigint NOT NULL CHECK (amount_minor > 0),
    currency       text NOT NULL,
    state          text NOT NULL CHECK (state IN (
        'queued', 'sent', 'accepted', 'booked', 'rejected', 'returned'
    )),
    reason         text,
    batch          uuid,
    place          integer,
    seal_subject   uuid NOT NULL,
    sealed         bytea,
    created_at     timestamptz NOT NULL,
    sent_at        timestamptz,
    booked_at      timestamptz,
    ended_at       timestamptz,
    CHECK ((party IS NULL) <> (line IS NULL))
);

CREATE INDEX payment_queued ON bank.payment (account, id) WHERE state = 'queued';
CREATE INDEX payment_batch ON bank.payment (batch, place) WHERE batch IS NOT NULL;
CREATE INDEX payment_party ON bank.payment (party, id) WHERE party IS NOT NULL;
CREATE INDEX payment_transit ON bank.payment (account)
    WHERE state <> 'rejected' AND booked_at IS NULL;

-- A file of payments: `id` is its MsgId.
CREATE TABLE bank.batch (
    id          uuid PRIMARY KEY,
    account     uuid NOT NULL,
    payments    integer NOT NULL,
    total_minor bigint NOT NULL,
    sent_at     timestamptz NOT NULL,
    sha256      text,
    written_at  timestamptz
);
