SET lock_timeout = '5s';

CREATE SCHEMA shops;

-- What a payee offers to be paid: a code on the wall (static), a code for one sale (dynamic), or a
-- link. Whoever has the token may pay it; `once` = the first payment is the last. `title` is plain
-- by the payee's choice; with `memo` it is sealed, beside the other memos.
CREATE TABLE shops.offer (
    id           uuid PRIMARY KEY,
    payee        uuid NOT NULL,
    sort         text NOT NULL CHECK (sort IN ('static', 'dynamic', 'link')),
    token        text NOT NULL,
    amount_minor bigint CHECK (amount_minor > 0),
    least_minor  bigint CHECK (least_minor > 0),
    most_minor   bigint CHECK (most_minor >= least_minor),
    currency     text NOT NULL,
    once         boolean NOT NULL,
    tips         boolean NOT NULL,
    title        text,
    memo         boolean NOT NULL,
    place        text NOT NULL,
    category     text NOT NULL,
    device       uuid,
    state        text NOT NULL CHECK (state IN ('open', 'paid', 'closed')),
    transfer     uuid,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    ended_at     timestamptz,
    CHECK ((state = 'paid') = (transfer IS NOT NULL)),
    CHECK (amount_minor IS NULL OR (least_minor IS NULL AND most_minor IS NULL))
);

CREATE INDEX offer_token ON shops.offer (token);
CREATE INDEX offer_payee ON shops.offer (payee, id);
