SET lock_timeout = '5s';

CREATE SCHEMA IF NOT EXISTS wallet;

-- Posted transfers between parties. `id` is also the id of the posting in the ledger, where the
-- money is; this row says who paid whom. Distributed by `payer`, with which every key begins.
CREATE TABLE wallet.transfers (
    payer uuid NOT NULL,
    id uuid NOT NULL,
    payee uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    out_ref text,
    posted_at timestamptz NOT NULL,
    PRIMARY KEY (payer, id),
    CONSTRAINT transfers_amount CHECK (amount_minor > 0)
);

CREATE INDEX transfers_of_payee ON wallet.transfers (payee, id);

-- A payer's own references, each used once. Apart from the transfers, so that one is claimed
-- before any money moves and given back when the transfer is refused.
CREATE TABLE wallet.out_refs (
    payer uuid NOT NULL,
    out_ref text NOT NULL,
    transfer uuid NOT NULL,
    PRIMARY KEY (payer, out_ref)
);
