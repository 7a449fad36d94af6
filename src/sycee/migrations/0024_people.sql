SET lock_timeout = '5s';

-- People paying people: whom one knows, what one asks for, plans and gifts. The money itself is in
-- the ledger, and who paid whom in wallet.transfers; what people write is sealed.
CREATE SCHEMA people;

CREATE TABLE people.contact (
    owner     uuid NOT NULL,
    party     uuid NOT NULL,
    favourite boolean NOT NULL,
    blocked   boolean NOT NULL,
    sealed    bytea,
    added_at  timestamptz NOT NULL,
    PRIMARY KEY (owner, party)
);

-- What someone wrote with a transfer, a request or a gift, sealed with the writer's key. `reader`
-- is the other side; without one only the writer reads it here, and whoever holds the link there.
CREATE TABLE people.memo (
    subject uuid PRIMARY KEY,
    writer  uuid NOT NULL,
    reader  uuid,
    sealed  bytea NOT NULL
);

-- Someone asks to be paid. Without a payer it is a link: whoever holds its token may pay it, once.
CREATE TABLE people.request (
    id           uuid PRIMARY KEY,
    payee        uuid NOT NULL,
    payer        uuid,
    amount_minor bigint CHECK (amount_minor > 0),
    currency     text NOT NULL,
    token        text,
    split        uuid,
    memo         boolean NOT NULL,
    state        text NOT NULL CHECK (
        state IN ('open', 'paid', 'declined', 'cancelled', 'expired')
    ),
    transfer     uuid,
    paid_by      uuid,
    paid_minor   bigint,
    reminders    integer NOT NULL DEFAULT 0,
    reminded_at  timestamptz,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    CHECK ((payer IS NULL) = (token IS NOT NULL)),
    CHECK ((state = 'paid') = (transfer IS NOT NULL))
);

CREATE INDEX request_payee ON people.request (payee, id);
CREATE INDEX request_payer ON people.request (payer, id) WHERE payer IS NOT NULL;
CREATE INDEX request_token ON people.request (token) WHERE token IS NOT NULL;
CREATE INDEX request_split ON people.request (split, id) WHERE split IS NOT NULL;
CREATE INDEX request_due ON people.request (expires_at) WHERE state = 'open';

-- A bill that several share. The shares of others are requests; `own_minor` is the owner's.
CREATE TABLE people.split (
    id           uuid PRIMARY KEY,
    owner        uuid NOT NULL,
    total_minor  bigint NOT NULL CHECK (total_minor > 0),
    own_minor    bigint NOT NULL CHECK (own_minor >= 0),
    currency     text NOT NULL,
    rule         text NOT NULL CHECK (rule IN ('equal', 'shares', 'exact', 'items')),
    memo         boolean NOT NULL,
    state        text NOT NULL CHECK (state IN ('open', 'settled', 'closed', 'cancelled')),
    created_at   timestamptz NOT NULL,
    ended_at     timestamptz
);

CREATE INDEX split_owner ON people.split (owner, id);

-- A transfer that repeats, or waits for its day. `rule` is data (a subset of RFC 5545); `due_at` is
-- when its next run, or the next try of one, falls due.
CREATE TABLE people.schedule (
    id           uuid PRIMARY KEY,
    payer        uuid NOT NULL,
    payee        uuid NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency     text NOT NULL,
    rule         jsonb NOT NULL,
    memo         boolean NOT NULL,
    state        text NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
    place        integer NOT NULL,
    next_on      date,
    due_at       timestamptz,
    attempt      integer NOT NULL,
    last_state   text CHECK (last_state IN ('paid', 'waiting', 'failed', 'skipped')),
    last_on      date,
    last_code    text,
    created_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    CHECK (state <> 'active' OR due_at IS NOT NULL)
);

CREATE INDEX schedule_payer ON people.schedule (payer, id);
CREATE INDEX schedule_due ON people.schedule (due_at) WHERE state = 'active';

CREATE TABLE people.run (
    schedule uuid NOT NULL,
    place    integer NOT NULL,
    run_on   date NOT NULL,
    state    text NOT NULL CHECK (state IN ('paid', 'failed', 'skipped')),
    code     text,
    transfer uuid,
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (schedule, place)
);

-- Money on its way in a card. It lies in a pot of its own until it is opened or goes back.
CREATE TABLE people.gift (
    id           uuid PRIMARY KEY,
    sender       uuid NOT NULL,
    recipient    uuid,
    digest       bytea,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency     text NOT NULL,
    card         text NOT NULL,
    memo         boolean NOT NULL,
    state        text NOT NULL CHECK (state IN ('waiting', 'claimed', 'returned')),
    claimed_by   uuid,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    CHECK ((recipient IS NULL) = (digest IS NOT NULL))
);

CREATE INDEX gift_sender ON people.gift (sender, id);
CREATE INDEX gift_recipient ON people.gift (recipient, id) WHERE recipient IS NOT NULL;
CREATE INDEX gift_claimed ON people.gift (claimed_by, id) WHERE claimed_by IS NOT NULL;
CREATE INDEX gift_digest ON people.gift (digest) WHERE digest IS NOT NULL;
CREATE INDEX gift_due ON people.gift (expires_at) WHERE state = 'waiting';

-- Money given back by whoever was paid: each row is a reversal in the ledger of the same id.
CREATE TABLE people.refund (
    payer        uuid NOT NULL,
    id           uuid NOT NULL,
    transfer     uuid NOT NULL,
    payee        uuid NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency     text NOT NULL,
    device       uuid,
    made_at      timestamptz NOT NULL,
    PRIMARY KEY (payer, id)
);

CREATE INDEX refund_transfer ON people.refund (payer, transfer);
CREATE INDEX refund_payee ON people.refund (payee, id);
CREATE INDEX refund_device ON people.refund (payee, device, made_at) WHERE device IS NOT NULL;
