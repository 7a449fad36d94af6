SET lock_timeout = '5s';

-- What the Alipay door must remember to translate: who an app is, and what a shop calls a trade.
-- Money and states are the products'. Spread over nodes, each table goes by the first column of its
-- primary key; there is no other unique index.
CREATE SCHEMA alipay;

-- A shop's app. `zones` are those in which its machines may print their wall clock.
CREATE TABLE alipay.apps (
    app_id       text PRIMARY KEY CHECK (app_id ~ '^[0-9]{16}$'),
    party        uuid NOT NULL,
    public_key   text NOT NULL,
    cert_sn      text,
    sign_types   text[] NOT NULL,
    zones        text[] NOT NULL,
    demo_buyer   uuid,
    created_at   timestamptz NOT NULL,
    disabled_at  timestamptz
);

CREATE INDEX apps_by_party ON alipay.apps (party);

-- The 2088… number of a party; it follows from the party's id but for the rare collision.
CREATE TABLE alipay.users (
    user_id text PRIMARY KEY,
    party   uuid NOT NULL
);

-- One row for each order number of a shop. `pay_token` is 128 random bits for the page that a buyer
-- is sent to.
CREATE TABLE alipay.trades (
    app_id       text NOT NULL,
    out_trade_no text NOT NULL,
    trade_id     uuid NOT NULL,
    method       text NOT NULL,
    total_minor  bigint NOT NULL,
    currency     text NOT NULL,
    charset      text NOT NULL,
    sign_type    text NOT NULL,
    pay_token    text NOT NULL,
    notify_url   text,
    return_url   text,
    passback     text,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (app_id, out_trade_no)
);

CREATE INDEX trades_by_trade ON alipay.trades (trade_id);
CREATE INDEX trades_by_token ON alipay.trades (pay_token);

-- A shop's own numbers of what it asked of a trade (a refund, a settlement, a split, a shipment):
-- written with what was done, so that the same number never does it twice.
CREATE TABLE alipay.requests (
    app_id         text NOT NULL,
    trade_id       uuid NOT NULL,
    sort           text NOT NULL CHECK (sort IN ('refund', 'settle', 'split', 'ship')),
    out_request_no text NOT NULL,
    amount_minor   bigint NOT NULL,
    digest         bytea NOT NULL CHECK (octet_length(digest) = 32),
    done_at        timestamptz NOT NULL,
    PRIMARY KEY (app_id, trade_id, sort, out_request_no)
);

-- A shop's transfer numbers.
CREATE TABLE alipay.transfers (
    app_id       text NOT NULL,
    out_biz_no   text NOT NULL,
    transfer_id  uuid NOT NULL,
    payee        uuid NOT NULL,
    amount_minor bigint NOT NULL,
    paid_at      timestamptz NOT NULL,
    PRIMARY KEY (app_id, out_biz_no)
);

CREATE INDEX transfers_by_transfer ON alipay.transfers (transfer_id);

-- One row for each change of a trade that the shop is told of; the job carries its id.
CREATE TABLE alipay.notices (
    id           uuid PRIMARY KEY,
    app_id       text NOT NULL,
    out_trade_no text NOT NULL,
    trade_status text NOT NULL,
    refund       jsonb,
    event_at     timestamptz NOT NULL,
    attempts     integer NOT NULL DEFAULT 0,
    tried_at     timestamptz,
    last_answer  text,
    accepted_at  timestamptz
);

CREATE INDEX notices_by_trade ON alipay.notices (app_id, out_trade_no);

-- How far the journal has been read for notices.
CREATE TABLE alipay.cursors (
    reader  text PRIMARY KEY,
    xid     bigint NOT NULL,
    ordinal integer NOT NULL
);
