SET lock_timeout = '5s';

-- Escrow. A trade's pot is the ledger account with the trade's own id. Spread over nodes, every
-- table but role, out_ref and terms goes by the trade's id, which each unique index holds.
CREATE SCHEMA escrow;

-- Scalars are columns; what only the rules read (lines, shares, milestones, terms) is `parts`.
CREATE TABLE escrow.trade (
    id                  uuid PRIMARY KEY,
    state               text NOT NULL CHECK (state IN (
        'wait-buyer-pay', 'wait-seller-ship', 'wait-buyer-confirm', 'finished', 'closed'
    )),
    delivery            text NOT NULL CHECK (delivery IN ('ship', 'milestones', 'none')),
    buyer               uuid,
    buyer_account       uuid,
    fee_account         uuid NOT NULL,
    currency            text NOT NULL,
    fee_bps             integer NOT NULL CHECK (fee_bps BETWEEN 0 AND 10000),
    category            text NOT NULL,
    channel             text NOT NULL,
    out_ref             text,
    title               text NOT NULL,
    freight_minor       bigint NOT NULL,
    total_minor         bigint NOT NULL CHECK (total_minor > 0),
    paid_minor          bigint NOT NULL,
    released_minor      bigint NOT NULL,
    fee_minor           bigint NOT NULL,
    refunded_minor      bigint NOT NULL,
    reclaimed_minor     bigint NOT NULL,
    held_minor          bigint NOT NULL CHECK (held_minor >= 0),
    pay_by              timestamptz,
    ship_by             timestamptz,
    confirm_by          timestamptz,
    paused_left_seconds bigint,
    extended            boolean NOT NULL,
    created_at          timestamptz NOT NULL,
    paid_at             timestamptz,
    shipped_at          timestamptz,
    ended_at            timestamptz,
    refund              uuid,
    dispute             uuid,
    parts               jsonb NOT NULL,
    CHECK (paid_minor + reclaimed_minor
           = released_minor + fee_minor + refunded_minor + held_minor)
) WITH (fillfactor = 80);

CREATE INDEX trade_pay_by ON escrow.trade (pay_by) WHERE pay_by IS NOT NULL;
CREATE INDEX trade_ship_by ON escrow.trade (ship_by) WHERE ship_by IS NOT NULL;
CREATE INDEX trade_confirm_by ON escrow.trade (confirm_by) WHERE confirm_by IS NOT NULL;
CREATE INDEX trade_dispute ON escrow.trade (id) WHERE dispute IS NOT NULL;

-- Whose trades: one row a party and trade, for lists.
CREATE TABLE escrow.role (
    party uuid NOT NULL,
    trade uuid NOT NULL,
    side  text NOT NULL CHECK (side IN ('buyer', 'seller')),
    PRIMARY KEY (party, trade)
);

-- The seller's own order numbers, each once.
CREATE TABLE escrow.out_ref (
    seller  uuid NOT NULL,
    out_ref text NOT NULL,
    trade   uuid NOT NULL,
    PRIMARY KEY (seller, out_ref)
);

CREATE TABLE escrow.refund (
    trade           uuid NOT NULL,
    id              uuid NOT NULL,
    seller          uuid NOT NULL,
    amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
    returns         boolean NOT NULL,
    reason          text NOT NULL,
    state           text NOT NULL CHECK (state IN (
        'wait-seller-agree', 'refused', 'wait-buyer-return', 'wait-seller-receive',
        'success', 'closed'
    )),
    respond_by      timestamptz,
    opened_at       timestamptz NOT NULL,
    ended_at        timestamptz,
    request_ref     text,
    carrier         text,
    tracking_number text,
    PRIMARY KEY (trade, id)
);

CREATE UNIQUE INDEX refund_request_ref ON escrow.refund (trade, request_ref)
    WHERE request_ref IS NOT NULL;
CREATE INDEX refund_respond_by ON escrow.refund (respond_by) WHERE respond_by IS NOT NULL;

CREATE TABLE escrow.shipment (
    trade           uuid NOT NULL,
    id              uuid NOT NULL,
    seller          uuid NOT NULL,
    items           jsonb NOT NULL,
    carrier         text,
    tracking_number text,
    shipped_at      timestamptz NOT NULL,
    PRIMARY KEY (trade, id)
);

CREATE TABLE escrow.dispute (
    trade         uuid NOT NULL,
    id            uuid NOT NULL,
    opened_by     uuid NOT NULL,
    reason        text NOT NULL,
    opened_at     timestamptz NOT NULL,
    evidence_by   timestamptz NOT NULL,
    buyer_pieces  integer NOT NULL,
    seller_pieces integer NOT NULL,
    ruled_at      timestamptz,
    ruled_by      uuid,
    PRIMARY KEY (trade, id)
);

-- Texts are sealed with their writer's key; of a file the SHA-256 is kept beside its bytes.
CREATE TABLE escrow.evidence (
    trade        uuid NOT NULL,
    id           uuid NOT NULL,
    dispute      uuid NOT NULL,
    party        uuid NOT NULL,
    sealed       bytea CHECK (octet_length(sealed) <= 20000),
    content_type text,
    sha256       bytea CHECK (octet_length(sha256) = 32),
    content      bytea CHECK (octet_length(content) <= 5242880),
    added_at     timestamptz NOT NULL,
    PRIMARY KEY (trade, id),
    CHECK ((sealed IS NULL) = (content IS NOT NULL)),
    CHECK ((content IS NULL) = (sha256 IS NULL))
);

CREATE TABLE escrow.rating (
    trade    uuid NOT NULL,
    rater    uuid NOT NULL,
    rated    uuid NOT NULL,
    stars    smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
    sealed   bytea CHECK (octet_length(sealed) <= 20000),
    rated_at timestamptz NOT NULL,
    PRIMARY KEY (trade, rater, rated)
);

-- Passing a share on: once for each reference.
CREATE TABLE escrow.split (
    trade        uuid NOT NULL,
    request_ref  text NOT NULL,
    seller       uuid NOT NULL,
    payees       jsonb NOT NULL,
    amount_minor bigint NOT NULL,
    made_at      timestamptz NOT NULL,
    PRIMARY KEY (trade, request_ref)
);

-- Categories that differ from the built-in ones.
CREATE TABLE escrow.terms (
    category   text PRIMARY KEY,
    fee_bps    integer NOT NULL CHECK (fee_bps BETWEEN 0 AND 10000),
    terms      jsonb NOT NULL,
    changed_at timestamptz NOT NULL
);
